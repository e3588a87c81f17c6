package org.p2pd.leases;

import org.p2pd.model.Span;

/** What is right for one question; nothing has been noted yet. */
sealed interface Ruling {

  /** Which copy of the bytes is sent. */
  enum Copy {
    FIRST,
    /** Within the bound on such. */
    SECOND,
    /** Beyond the bound, for a play head. */
    EXEMPT
  }

  /** Send the span. */
  record Send(Span span, Copy copy) implements Ruling {}

  record Refer(Child to) implements Ruling {}

  /** Nothing now; the first lease that stands in the way ends after so long. */
  record PutOff(long nanos) implements Ruling {}
}
