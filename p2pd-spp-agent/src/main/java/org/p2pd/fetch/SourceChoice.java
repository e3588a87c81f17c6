package org.p2pd.fetch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.p2pd.content.Urgency;

/**
 * Which source to ask for a span. Pure.
 *
 * <p>Those that failed or lied lately come last. Among the others, siblings that hold the span are
 * asked, whichever will deliver it soonest; so adjacent spans go to several in proportion to their
 * rates, and a poor source gets only what it will bring before the others could. The machine one
 * step up is asked for what no sibling holds, and for the rest only if a viewer would wait more
 * than 0.2 s for it and the parent would bring it sooner, if they are far slower than it, or if all
 * holders have as much to do as they can while their sum is small. Stand-ins step in where no
 * parent can be asked. A mirror is asked when it is the fastest.
 */
final class SourceChoice {

  /** A viewer who waits is not kept waiting longer than this to spare the parent, in seconds. */
  private static final double SPARING_SECONDS = 0.2;

  /** A source is far behind that needs so many times as long as another one... */
  private static final double FAR_BEHIND = 4;

  /** ...and at least so long, in seconds, where a viewer waits and where none does. */
  private static final double FAR_BEHIND_SECONDS = 0.5;

  private static final double FAR_BEHIND_AHEAD_SECONDS = 2;

  /**
   * What is known of one source for one question.
   *
   * @param available usable, and not left alone for a while
   * @param avoided it lacks this edition, or has it wrong
   * @param offers it says that it holds the first byte, or can get any
   * @param hasRoom whether one more span of that urgency may be under way to it
   * @param doubtful whether it has lately lied, or failed, or did not bring this very block, and
   *     has not yet worked again
   * @param measured whether its rate is known; until then, which is soon, it is assumed
   * @param expectedSeconds until it will have delivered the span
   * @param bytesPerSecond its rate
   */
  record Candidate(
      BlockSource.Relation relation,
      boolean available,
      boolean avoided,
      boolean offers,
      boolean hasRoom,
      boolean doubtful,
      boolean measured,
      double expectedSeconds,
      double bytesPerSecond) {
    private boolean willing() {
      return available && !avoided && offers;
    }

    boolean isSound() {
      return willing() && !doubtful;
    }

    /** The same one, if it says that it holds the first byte. */
    Candidate offering() {
      return new Candidate(
          relation,
          available,
          avoided,
          true,
          hasRoom,
          doubtful,
          measured,
          expectedSeconds,
          bytesPerSecond);
    }

    private boolean isSibling() {
      return relation == BlockSource.Relation.SIBLING;
    }

    private boolean isMirror() {
      return relation == BlockSource.Relation.MIRROR;
    }

    private boolean isUpstream() {
      return !isSibling() && !isMirror();
    }
  }

  private SourceChoice() {}

  /**
   * The place in the list of the candidate to ask; nothing: none can be asked now, for the right
   * one has enough under way, or all are away, or to be avoided for this edition.
   *
   * @param parentBelow a parent helps busy siblings whose rates sum up to less, in bytes a second
   */
  static OptionalInt choose(List<Candidate> candidates, Urgency urgency, double parentBelow) {
    List<Integer> willing = indices(candidates, Candidate::willing);
    if (willing.isEmpty()) {
      return OptionalInt.empty();
    }
    List<Integer> sound = willing.stream().filter(i -> !candidates.get(i).doubtful()).toList();
    return new Chooser(candidates, sound.isEmpty() ? willing : sound)
        .choose(urgency == Urgency.PLAY_HEAD, parentBelow);
  }

  /**
   * Whether a source that will have delivered after so long is not to be waited for, or not to be
   * asked, since another one would have after so long.
   */
  static boolean isFarBehind(double seconds, double otherSeconds, boolean viewerWaits) {
    double least = viewerWaits ? FAR_BEHIND_SECONDS : FAR_BEHIND_AHEAD_SECONDS;
    return seconds > least && seconds > FAR_BEHIND * otherSeconds;
  }

  private static List<Integer> indices(List<Candidate> candidates, Predicate<Candidate> picked) {
    List<Integer> indices = new ArrayList<>(candidates.size());
    for (int i = 0; i < candidates.size(); i++) {
      if (picked.test(candidates.get(i))) {
        indices.add(i);
      }
    }
    return indices;
  }

  /** Chooses among those that may be asked. */
  private record Chooser(List<Candidate> candidates, List<Integer> willing) {

    private static final int NONE = -1;

    OptionalInt choose(boolean viewerWaits, double parentBelow) {
      int upstream = soonest(one -> one.isUpstream() && one.relation() == upstreamKind());
      int mirror = soonest(Candidate::isMirror);
      if (willing.stream().noneMatch(i -> candidates.get(i).isSibling())) {
        return upstreamIsWilling() ? orWait(sooner(upstream, mirror)) : orWait(mirror);
      }
      int sibling = soonest(Candidate::isSibling);
      if (sibling == NONE) {
        return viewerWaits || siblingsBringLittle(parentBelow)
            ? orWait(sooner(upstream, mirror))
            : orWait(mirror);
      }
      int sparing = sooner(sibling, mirror);
      return OptionalInt.of(isTooLate(sparing, upstream, viewerWaits) ? upstream : sparing);
    }

    private boolean isTooLate(int sparing, int upstream, boolean viewerWaits) {
      if (upstream == NONE) {
        return false;
      }
      double expected = candidates.get(sparing).expectedSeconds();
      double otherwise = candidates.get(upstream).expectedSeconds();
      return viewerWaits
          ? expected > SPARING_SECONDS && otherwise < expected
          : isFarBehind(expected, otherwise, false);
    }

    /** Parents before stand-ins, also while they are merely busy. */
    private BlockSource.Relation upstreamKind() {
      return willing.stream()
          .map(i -> candidates.get(i).relation())
          .min(Comparator.naturalOrder())
          .orElseThrow();
    }

    private boolean upstreamIsWilling() {
      return willing.stream().anyMatch(i -> candidates.get(i).isUpstream());
    }

    /** The one of a kind with room that will deliver soonest. */
    private int soonest(Predicate<Candidate> kind) {
      int best = NONE;
      for (int i : willing) {
        if (candidates.get(i).hasRoom() && kind.test(candidates.get(i))) {
          best = sooner(best, i);
        }
      }
      return best;
    }

    private int sooner(int one, int other) {
      if (one == NONE || other == NONE) {
        return Math.max(one, other);
      }
      return candidates.get(other).expectedSeconds() < candidates.get(one).expectedSeconds()
          ? other
          : one;
    }

    /** While one is not measured it is not known: that is waited for, as long as it takes. */
    private boolean siblingsBringLittle(double parentBelow) {
      List<Candidate> siblings =
          willing.stream().map(candidates::get).filter(Candidate::isSibling).toList();
      return siblings.stream().allMatch(Candidate::measured)
          && siblings.stream().mapToDouble(Candidate::bytesPerSecond).sum() < parentBelow;
    }

    private static OptionalInt orWait(int index) {
      return index == NONE ? OptionalInt.empty() : OptionalInt.of(index);
    }
  }
}
