package org.p2pd.http;

import java.util.List;
import org.p2pd.model.ByteRange;

/** Which bytes of a representation a request gets. */
public sealed interface RangeDecision {

  /** All of them, as if there were no Range: 200. */
  record Whole() implements RangeDecision {}

  /** One range: 206. */
  record Single(ByteRange range) implements RangeDecision {}

  /** Two or more ranges that neither overlap nor touch, in the order asked for: 206, multipart. */
  record Several(List<ByteRange> ranges) implements RangeDecision {
    public Several {
      ranges = List.copyOf(ranges);
    }
  }

  /** None: 416. */
  record Unsatisfiable(String why) implements RangeDecision {}
}
