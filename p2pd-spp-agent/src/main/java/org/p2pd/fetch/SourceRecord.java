package org.p2pd.fetch;

import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;

/**
 * What this node has seen of one source: what is under way to it and how fast it is, how far it is
 * trusted, which editions it is not asked for. Confined to the fetch loop, but for its name.
 */
final class SourceRecord {

  /** What is under way to it, and how fast it is. */
  final Throughput throughput;

  /** When others come first, and when it is left alone. */
  final Repute repute;

  private final EditionAvoidance editions = new EditionAvoidance();
  private BlockSource source;

  SourceRecord(BlockSource source, long nowNanos) {
    this.source = source;
    this.throughput = new Throughput(nowNanos);
    this.repute = new Repute(source.name(), nowNanos);
  }

  String name() {
    return source.name();
  }

  BlockSource source() {
    return source;
  }

  /** The object now known under that name. */
  void renewed(BlockSource now) {
    source = now;
  }

  /**
   * What is known of it for one question.
   *
   * @param detour what is known of its first block
   * @param assumedRate of a source that was not measured yet, in bytes a second
   */
  SourceChoice.Candidate candidate(
      SourceBook.Wish wish, Detours.Detour detour, double assumedRate, long nowNanos) {
    double bytesPerSecond = throughput.bytesPerSecond(assumedRate, nowNanos);
    return new SourceChoice.Candidate(
        source.relation(),
        isAvailable(nowNanos) && !detour.isPutOffBy(name(), nowNanos),
        editions.avoids(wish.edition().id(), nowNanos),
        source.offersUntil(wish.edition(), wish.position()) > wish.position(),
        throughput.hasRoom(wish.urgency(), nowNanos),
        repute.isDoubtful(nowNanos) || isTooRisky(wish, detour, nowNanos),
        throughput.isMeasured(nowNanos),
        throughput.expectedSeconds(wish, bytesPerSecond),
        bytesPerSecond);
  }

  /**
   * Whether others come first for this block: it did not bring it before; or another sibling did
   * not, and nobody knows how fast this one is, or a viewer has waited long enough for siblings.
   */
  private boolean isTooRisky(SourceBook.Wish wish, Detours.Detour detour, long nowNanos) {
    if (detour.excludes(source.node())) {
      return true;
    }
    if (source.relation() != BlockSource.Relation.SIBLING) {
      return false;
    }
    boolean failedOnce = !detour.excluded().isEmpty();
    return (failedOnce && wish.urgency() == Urgency.PLAY_HEAD)
        || ((failedOnce || wish.late()) && !throughput.isMeasured(nowNanos));
  }

  /** Whether it may be asked for the edition now, whatever it says that it holds. */
  boolean canBeAsked(Edition edition, long nowNanos) {
    return isAvailable(nowNanos)
        && !repute.isDoubtful(nowNanos)
        && !editions.avoids(edition.id(), nowNanos);
  }

  /** Whether it could be asked for that byte now, were there room. */
  boolean isWilling(Edition edition, long position, Detours.Detour detour, long nowNanos) {
    return canBeAsked(edition, nowNanos)
        && !detour.isPutOffBy(name(), nowNanos)
        && !detour.excludes(source.node())
        && source.offersUntil(edition, position) > position;
  }

  private boolean isAvailable(long nowNanos) {
    return source.usable() && !repute.isPaused(nowNanos);
  }

  /**
   * How long it would take by what it has shown; a parent or stand-in is trusted before it has. No
   * source is given up for the sake of one of which nothing is known.
   */
  double provenSeconds(SourceBook.Wish wish, boolean trusted, long nowNanos) {
    if (throughput.isMeasured(nowNanos)) {
      return throughput.expectedSeconds(wish, throughput.recentBytesPerSecond(nowNanos));
    }
    return trusted && isUpstream()
        ? throughput.expectedSeconds(wish, Throughput.MODEST_BYTES_PER_SECOND)
        : Double.POSITIVE_INFINITY;
  }

  boolean isUpstream() {
    return source.relation() == BlockSource.Relation.PARENT
        || source.relation() == BlockSource.Relation.STAND_IN;
  }

  /**
   * Whether it has said often enough, and just now, that it does not hold the edition, or is one of
   * those who only have what they hold, and cannot hold that byte.
   */
  boolean lacksForGood(Edition edition, long position, long nowNanos) {
    if (source.offersUntil(edition, position) <= position) {
      return !source.mayHave(edition, position);
    }
    return source.usable() && editions.isFinal(edition.id(), nowNanos);
  }

  /** The edition is named anew: that it was not held may be over. */
  void published(EditionId edition) {
    editions.published(edition);
  }

  /** Something is learnt from how a question ended. */
  void ended(SpanFetch fetch, BlockSource.Outcome outcome, long nowNanos) {
    EditionId edition = fetch.edition.id();
    boolean broughtBlocks = fetch.blocksDone() > 0;
    if (outcome instanceof BlockSource.Outcome.Delivered && broughtBlocks) {
      editions.worked(edition);
      repute.worked(nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Delivered) {
      repute.failed("it sent nothing", fetch.spell, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.NotHeld
        && source.relation() != BlockSource.Relation.SIBLING) { // its claims are corrected instead
      editions.notHeld(edition, fetch.askedAtNanos(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Busy busy) {
      repute.busy(busy.retryAfter(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Mismatch mismatch) {
      editions.mismatched(edition, fetch.askedAtNanos(), nowNanos);
      // To shun a parent would take all other titles from the viewers too: there it stays at the
      // edition.
      boolean shunnable = source.relation() != BlockSource.Relation.PARENT;
      repute.mismatched(edition, mismatch.detail(), shunnable, fetch.askedAtNanos(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Refused refused) {
      repute.refused(refused.detail(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Lost lost) {
      repute.failed(lost.detail(), fetch.spell, nowNanos);
    }
  }
}
