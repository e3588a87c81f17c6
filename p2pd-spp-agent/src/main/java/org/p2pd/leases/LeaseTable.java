package org.p2pd.leases;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * What a parent remembers of what it sent to its children, and what it does about their questions.
 * Not thread-safe: its owner has one lock for it. It reads no clock: {@code nowNanos} is the
 * owner's {@code Ticker}, and does not go back.
 *
 * <p>Leaves that no other living child has, or is receiving, are served and leased to the asker:
 * exactly these, so that nobody is obliged to fetch what his viewer never wants. While the lease
 * lasts, and after the child has said that it holds them, others are referred to it. A lease ends
 * early by the child's word, else when a time has passed that follows from what the child says that
 * it receives.
 *
 * <p>A child that receives less than half as fast as the asker, or that the asker excludes, is
 * passed over: the asker gets a second copy and a lease of its own. Such copies are bounded, for
 * each edition, to 5 % of what was sent of it once (of all of it if that is more; at least 1 MiB);
 * beyond that the asker is sent to the slow child after all, or told to come later. The first block
 * for a play head is exempt. An exclusion of a child that says that it holds the leaves is evidence
 * that it does not, and the copy a first one.
 *
 * <p>A child that is not alive has nothing, so what it had is sent as a first copy: a bound on that
 * would starve its siblings. Which children are alive is the caller's to say at every question;
 * when one has left, {@link #left} frees its claims.
 *
 * <p>Memory: {@link #MAX_CLAIMS} claims (what one child was sent of one region), measured 240 bytes
 * each in long films and 530 if each is of an edition of its own: 8 MB, 18 MB at most. When there
 * are more, the regions that were asked for the longest ago are forgotten, which costs one more
 * copy of what is asked for again.
 */
public final class LeaseTable {

  /** How many claims are kept: of 32 GiB, if each region went to one child. */
  public static final int MAX_CLAIMS = 32_768;

  private static final long SHORTEST_RETRY_SECONDS = 1;
  private static final long LONGEST_RETRY_SECONDS = 2;

  private final int maxClaims;
  private final Map<EditionId, EditionClaims> editions = new HashMap<>();
  private final Map<NodeId, Child> children = new HashMap<>();

  /** The one asked for the longest ago first. */
  private final LinkedHashSet<RegionClaims> recent = new LinkedHashSet<>();

  private int claims;
  private long referrals;
  private long firstBytes;
  private long secondBytes;
  private long laters;

  public LeaseTable() {
    this(MAX_CLAIMS);
  }

  LeaseTable(int maxClaims) {
    this.maxClaims = maxClaims;
  }

  /**
   * What was decided since the beginning, and what is remembered now.
   *
   * @param claims kept
   * @param firstBytes to be sent because no other living child had them
   * @param secondBytes to be sent although one had them
   * @param referrals answers that named another child
   * @param laters answers that put a child off
   */
  public record Stats(int claims, long firstBytes, long secondBytes, long referrals, long laters) {}

  public Stats stats() {
    return new Stats(claims, firstBytes, secondBytes, referrals, laters);
  }

  /**
   * Decides. What is to be served counts as sent from now on; what is then not sent after all is to
   * be {@link #withdrawn}.
   *
   * @param alive which children can be referred to now
   */
  public LeaseDecision decide(LeaseQuestion question, Predicate<NodeId> alive, long nowNanos) {
    EditionClaims edition =
        editions.computeIfAbsent(
            question.edition().id(), id -> new EditionClaims(question.edition()));
    RegionClaims region = edition.region(question.span().region());
    recent.remove(region);
    recent.add(region);
    Child asker = children.computeIfAbsent(question.asker(), id -> new Child(id, nowNanos));
    question.rateBytesPerSecond().ifPresent(asker::receives);
    region.claims.forEach(claim -> claim.look(nowNanos));
    learn(question, region, asker);
    RegionView view = new RegionView(region, question, asker, alive);
    Ruling ruling = new Rules(question, view, edition.secondBytesLeft()).rule(nowNanos);
    LeaseDecision decision = carryOut(ruling, region, asker, nowNanos);
    dropOldest(region);
    if (asker.claims == 0) {
      children.remove(asker.id);
    }
    return decision;
  }

  /** An asker does not have what it asks for, nor do those hold it whom it excludes. */
  private static void learn(LeaseQuestion question, RegionClaims region, Child asker) {
    long asked = Leaves.of(question.span(), question.edition().lengthBytes());
    for (Claim claim : region.claims) {
      if (claim.child == asker) {
        claim.gone(asked);
      } else if (question.excluded().contains(claim.child.id)) {
        claim.doubted(asked);
      }
    }
  }

  private LeaseDecision carryOut(Ruling ruling, RegionClaims region, Child asker, long nowNanos) {
    if (ruling instanceof Ruling.Send send) {
      return send(send, region, asker, nowNanos);
    }
    return ruling instanceof Ruling.Refer refer
        ? refer(refer.to())
        : later(((Ruling.PutOff) ruling).nanos());
  }

  private LeaseDecision send(Ruling.Send send, RegionClaims region, Child asker, long nowNanos) {
    long editionLengthBytes = region.edition.edition.lengthBytes();
    long bytes = send.span().bytes(editionLengthBytes).lengthBytes();
    region.edition.sent(bytes, send.copy());
    if (send.copy() == Ruling.Copy.FIRST) {
      firstBytes += bytes;
    } else {
      secondBytes += bytes;
    }
    Claim claim = region.of(asker);
    if (claim == null) {
      claim = region.add(asker);
      claims++;
    }
    Duration lease = asker.lease(bytes, nowNanos);
    claim.sent(Leaves.of(send.span(), editionLengthBytes), lease, nowNanos);
    return new LeaseDecision.Serve(send.span(), lease);
  }

  private LeaseDecision refer(Child to) {
    to.referral = ++referrals;
    return new LeaseDecision.Refer(to.id);
  }

  private LeaseDecision later(long nanos) {
    laters++;
    return new LeaseDecision.Later(
        Seconds.atLeast(nanos, SHORTEST_RETRY_SECONDS, LONGEST_RETRY_SECONDS));
  }

  /** What was to be served was not sent after all: it cannot be relayed. */
  public void withdrawn(Edition edition, Span span, NodeId asker) {
    long leaves = Leaves.of(span, edition.lengthBytes());
    eachClaim(
        asker, edition, span.bytes(edition.lengthBytes()), (region, claim) -> claim.gone(leaves));
  }

  /**
   * A child says what became of what it was sent; of use for that alone.
   *
   * @param held whole leaves within these are held
   * @param gone leaves that these touch are not, also if they are among the held
   */
  public void noticed(NodeId by, Edition edition, List<ByteRange> held, List<ByteRange> gone) {
    long length = edition.lengthBytes();
    for (ByteRange range : held) {
      eachClaim(
          by, edition, range, (region, claim) -> claim.held(Leaves.wholeIn(range, region, length)));
    }
    for (ByteRange range : gone) {
      eachClaim(by, edition, range, (region, claim) -> claim.gone(Leaves.touchedBy(range, region)));
    }
  }

  private interface ClaimVisitor {
    void visit(int region, Claim claim);
  }

  private void eachClaim(NodeId by, Edition edition, ByteRange range, ClaimVisitor visitor) {
    EditionClaims known = editions.get(edition.id());
    Child child = children.get(by);
    if (known == null || child == null) {
      return;
    }
    for (RegionClaims region : known.regions(range)) {
      Claim claim = region.of(child);
      if (claim != null) {
        visitor.visit(region.index, claim);
      }
    }
  }

  /** A child is no member any more: whatever it had is nowhere. */
  public void left(NodeId id) {
    Child child = children.remove(id);
    if (child == null || child.claims == 0) {
      return;
    }
    for (Iterator<RegionClaims> all = recent.iterator(); child.claims > 0 && all.hasNext(); ) {
      RegionClaims region = all.next();
      if (region.remove(child)) {
        claims--;
        if (region.claims.isEmpty()) {
          all.remove();
          dropFromEdition(region);
        }
      }
    }
  }

  /** An edition is no title's any more. */
  public void forget(EditionId id) {
    EditionClaims edition = editions.get(id);
    if (edition != null) {
      List.copyOf(edition.all()).forEach(this::drop);
    }
  }

  private void dropOldest(RegionClaims butNot) {
    while (claims > maxClaims) {
      RegionClaims oldest = recent.iterator().next();
      if (oldest == butNot) {
        return; // one region alone has more: as many as there are children
      }
      drop(oldest);
    }
  }

  private void drop(RegionClaims region) {
    recent.remove(region);
    for (Claim claim : List.copyOf(region.claims)) {
      region.remove(claim.child);
      claims--;
      if (claim.child.claims == 0) {
        children.remove(claim.child.id);
      }
    }
    dropFromEdition(region);
  }

  private void dropFromEdition(RegionClaims region) {
    region.edition.remove(region);
    if (region.edition.isEmpty()) {
      editions.remove(region.edition.edition.id());
    }
  }
}
