package org.p2pd.leases;

import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * early by the child's word, by the answer's breaking off, or when two askers exclude the child;
 * else when nothing has been heard of it for a time that follows from what the child says that it
 * receives, 10 s at most.
 *
 * <p>A child that receives less than half as fast as the asker, or that the asker excludes, is
 * passed over: the asker gets a second copy and a lease of its own, within the bounds of {@link
 * SecondCopies}; beyond these it is sent to the slow child after all, or told to come later. The
 * first block for a play head is exempt. Where the excluded child says that it holds the leaves, so
 * that time will not help, the copy is a first one.
 *
 * <p>A child that is not alive has nothing, so what it had is sent as a first copy: a bound on that
 * would starve its siblings. Which children are alive is the caller's to say at every question;
 * when one has left, {@link #left} frees its claims. An asker that is not among them is a guest: it
 * may be referred, but nothing is noted about it, however many names it has.
 *
 * <p>Memory: {@link #MAX_CLAIMS} claims (what one child was sent of one region), measured 430 bytes
 * each in long films and 660 if each is of an edition of its own: 14 MB, 22 MB. A region that is
 * asked for in several questions has a lease of about 56 bytes for each: 120 MB at most, if
 * children ask for everything in pieces of 16 KiB and hold nothing of it. When there are more
 * claims, the regions that were asked for the longest ago are forgotten, which costs one more copy
 * of what is asked for again. A region has {@link RegionClaims#MAX_CLAIMS} at most; who comes then
 * is served, and not counted on.
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
    if (!alive.test(question.asker())) {
      return guest(question, alive, nowNanos);
    }
    EditionClaims edition =
        editions.computeIfAbsent(
            question.edition().id(), id -> new EditionClaims(question.edition(), nowNanos));
    RegionClaims region = edition.region(question.span().region());
    recent.remove(region);
    recent.add(region);
    Child asker = children.computeIfAbsent(question.asker(), id -> new Child(id, nowNanos));
    question.rateBytesPerSecond().ifPresent(asker::receives);
    region.look(nowNanos);
    learn(question, region);
    RegionView view = new RegionView(region, question, asker, alive);
    Ruling ruling =
        new Rules(question, view, copy -> edition.secondBytesLeft(copy, asker.id, nowNanos))
            .rule(nowNanos);
    LeaseDecision decision = carryOut(ruling, region, asker, nowNanos);
    dropOldest(region);
    if (asker.claims == 0) {
      children.remove(asker.id);
    }
    return decision;
  }

  private LeaseDecision guest(LeaseQuestion question, Predicate<NodeId> alive, long nowNanos) {
    EditionClaims edition = editions.get(question.edition().id());
    RegionClaims region = edition == null ? null : edition.known(question.span().region());
    if (region != null) {
      region.look(nowNanos);
      Child guest = new Child(question.asker(), nowNanos);
      Span first = new Span(question.span().blockSize(), question.span().firstBlock(), 1);
      Optional<Child> other =
          new RegionView(region, question, guest, alive)
              .best(Leaves.of(first, question.edition().lengthBytes()));
      if (other.isPresent()) {
        return refer(other.get());
      }
    }
    firstBytes += question.span().bytes(question.edition().lengthBytes()).lengthBytes();
    return new LeaseDecision.Serve(question.span(), Optional.empty());
  }

  /** An asker does not have what it asks for; whom it excludes is doubted for it. */
  private static void learn(LeaseQuestion question, RegionClaims region) {
    long asked = Leaves.of(question.span(), question.edition().lengthBytes());
    for (NodeId excluded : question.excluded()) {
      Claim claim = region.of(excluded);
      if (claim != null) {
        claim.excluded(question.asker(), asked);
      }
    }
    Claim own = region.of(question.asker());
    if (own != null) {
      own.gone(asked);
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
    region.edition.sent(send.copy(), asker.id, bytes, nowNanos);
    if (send.copy() == Ruling.Copy.FIRST) {
      firstBytes += bytes;
    } else {
      secondBytes += bytes;
    }
    Claim claim = region.of(asker.id);
    if (claim == null && region.isFull()) {
      return new LeaseDecision.Serve(send.span(), Optional.empty());
    }
    if (claim == null) {
      claim = region.add(asker);
      claims++;
    }
    long leaves = Leaves.of(send.span(), editionLengthBytes);
    claim.sent(leaves);
    if (claim.isRefuted(leaves)) {
      return new LeaseDecision.Serve(send.span(), Optional.empty());
    }
    Duration length = asker.lease(bytes, nowNanos);
    claim.leased(new Lease(leaves, length, nowNanos));
    return new LeaseDecision.Serve(send.span(), Optional.of(length));
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
        asker,
        edition,
        span.bytes(edition.lengthBytes()),
        (region, claim) -> claim.withdrawn(leaves));
  }

  /** The answer with these blocks goes on, or was taken whole: the child is receiving them. */
  public void moved(Edition edition, Span span, NodeId asker, long nowNanos) {
    long leaves = Leaves.of(span, edition.lengthBytes());
    eachClaim(
        asker,
        edition,
        span.bytes(edition.lengthBytes()),
        (region, claim) -> claim.moved(leaves, nowNanos));
  }

  /**
   * A child says what became of what it was sent; of use for that alone.
   *
   * @param held whole leaves within these are held
   * @param gone leaves that these touch are not, also if they are among the held
   */
  public void noticed(
      NodeId by, Edition edition, List<ByteRange> held, List<ByteRange> gone, long nowNanos) {
    long length = edition.lengthBytes();
    for (ByteRange range : held) {
      eachClaim(
          by,
          edition,
          range,
          (region, claim) -> {
            claim.look(nowNanos);
            if (claim.held(Leaves.wholeIn(range, region, length))) {
              claim.child.heard(nowNanos);
            }
          });
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
    if (known == null) {
      return;
    }
    for (RegionClaims region : known.regions(range)) {
      Claim claim = region.of(by);
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
        if (region.claims().isEmpty()) {
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
    for (Claim claim : List.copyOf(region.claims())) {
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
