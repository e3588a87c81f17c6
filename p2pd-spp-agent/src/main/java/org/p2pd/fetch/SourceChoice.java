package org.p2pd.fetch;

import java.util.Comparator;
import java.util.List;

/**
 * Which source to ask for a span. Pure; the place where siblings, leases and expected times join.
 *
 * <p>Unblamed before blamed, then a parent before stand-ins, siblings and mirrors, then the least
 * busy. A source of a lower kind is not asked because a better one is merely busy.
 */
final class SourceChoice {

  /**
   * What is known of one source for one question.
   *
   * @param available usable, and not left alone for a while
   * @param avoided it lacks this edition, or has it wrong
   * @param hasRoom whether one more span of that urgency may be under way to it
   * @param blamed whether it has lately sent what did not verify
   * @param queued spans under way to it
   */
  record Candidate(
      BlockSource.Relation relation,
      boolean available,
      boolean avoided,
      boolean hasRoom,
      boolean blamed,
      int queued) {
    private boolean willing() {
      return available && !avoided;
    }
  }

  sealed interface Choice {
    /** Ask the candidate at this place of the list. */
    record Ask(int index) implements Choice {}

    /** Nothing can be asked now: the right one has enough under way, or none is available. */
    record Wait() implements Choice {}

    /** Every available one is to be avoided for this edition. */
    record Avoided() implements Choice {}
  }

  private static final Comparator<Candidate> KIND =
      Comparator.comparing(Candidate::blamed).thenComparing(Candidate::relation);

  private SourceChoice() {}

  static Choice choose(List<Candidate> candidates) {
    int best = -1;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.get(i).willing() && (best < 0 || better(candidates, i, best))) {
        best = i;
      }
    }
    if (best < 0) {
      return candidates.stream().anyMatch(Candidate::available)
          ? new Choice.Avoided()
          : new Choice.Wait();
    }
    return candidates.get(best).hasRoom() ? new Choice.Ask(best) : new Choice.Wait();
  }

  private static boolean better(List<Candidate> candidates, int left, int right) {
    Candidate one = candidates.get(left);
    Candidate other = candidates.get(right);
    int kind = KIND.compare(one, other);
    if (kind != 0) {
      return kind < 0;
    }
    return one.hasRoom() == other.hasRoom() ? one.queued() < other.queued() : one.hasRoom();
  }
}
