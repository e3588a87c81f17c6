package org.p2pd.leases;

import org.p2pd.model.Span;

/** What is right for one question; nothing has been noted yet. */
sealed interface Ruling {

  /** Which copy of the bytes is sent. */
  enum Copy {
    FIRST,
    /** A second one, since the child that is receiving them is slow; within the bound on such. */
    SLOW,
    /** A second one, since the asker did not get them there; within the bound on such. */
    WITHHELD,
    /** A second one beyond the bound, for a play head. */
    EXEMPT
  }

  /** Send the span. */
  record Send(Span span, Copy copy) implements Ruling {}

  record Refer(Child to) implements Ruling {}

  /** Nothing now; the first lease that stands in the way ends after so long. */
  record PutOff(long nanos) implements Ruling {}
}
