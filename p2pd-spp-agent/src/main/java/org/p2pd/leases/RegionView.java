package org.p2pd.leases;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;
import org.p2pd.model.NodeId;

/** A region as it stands for one question: which other living children have what of it. */
final class RegionView {

  private final RegionClaims region;
  private final LeaseQuestion question;
  private final Child asker;
  private final Predicate<NodeId> alive;

  RegionView(RegionClaims region, LeaseQuestion question, Child asker, Predicate<NodeId> alive) {
    this.region = region;
    this.question = question;
    this.asker = asker;
    this.alive = alive;
  }

  Standing standing(long leaves) {
    Standing standing = Standing.FREE;
    for (Claim claim : region.claims()) {
      if (!claim.has(leaves) || !isOfAnother(claim)) {
        continue;
      }
      if (isExcluded(claim)) {
        boolean comes = !claim.holds(leaves); // one that holds it was asked in vain
        standing = comes && standing == Standing.FREE ? Standing.WITHHELD : standing;
      } else if (isSlow(claim, leaves)) {
        standing = Standing.SLOW;
      } else {
        return Standing.ELSEWHERE;
      }
    }
    return standing;
  }

  /**
   * The best child that has the leaves and that the asker does not exclude: one that is not slow
   * before one that is, one that holds them before one to which they come, then the one that was
   * referred to the longest ago.
   */
  Optional<Child> best(long leaves) {
    Comparator<Claim> order =
        Comparator.<Claim, Boolean>comparing(claim -> isSlow(claim, leaves))
            .thenComparing(claim -> !claim.holds(leaves))
            .thenComparing(claim -> claim.child.referral);
    return region.claims().stream()
        .filter(claim -> claim.has(leaves) && !isExcluded(claim) && isOfAnother(claim))
        .min(order)
        .map(claim -> claim.child);
  }

  /** Whether the asker excludes somebody to whom they were sent. */
  boolean isDoubted(long leaves) {
    return region.claims().stream().anyMatch(claim -> isExcluded(claim) && claim.wasSent(leaves));
  }

  /** When the first of the leases ends that stand in the way. */
  long firstDeadlineNanos(long leaves, long nowNanos) {
    return region.claims().stream()
        .filter(claim -> claim.has(leaves) && isOfAnother(claim))
        .mapToLong(claim -> claim.leftNanos(leaves, nowNanos))
        .min()
        .orElse(0);
  }

  private boolean isOfAnother(Claim claim) {
    return claim.child != asker && alive.test(claim.child.id);
  }

  private boolean isExcluded(Claim claim) {
    return question.excluded().contains(claim.child.id);
  }

  private boolean isSlow(Claim claim, long leaves) {
    return !claim.holds(leaves) && claim.child.isClearlySlowerThan(asker);
  }
}
