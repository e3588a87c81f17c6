package org.p2pd.http;

import java.time.Duration;

/**
 * How long a response may wait; all longer than zero.
 *
 * @param firstByte not one byte of the title available by then: 504
 * @param midResponse no byte available for so long after the first: the connection is closed
 * @param stall the viewer took no byte for so long: the connection is closed ({@code --stall})
 */
public record TimeLimits(Duration firstByte, Duration midResponse, Duration stall) {

  public static final TimeLimits DEFAULT =
      new TimeLimits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofMinutes(10));

  public TimeLimits {
    requirePositive(firstByte);
    requirePositive(midResponse);
    requirePositive(stall);
  }

  private static void requirePositive(Duration limit) {
    if (limit.isZero() || limit.isNegative()) {
      throw new IllegalArgumentException("a time limit is longer than zero, not " + limit);
    }
  }

  public TimeLimits withStall(Duration newStall) {
    return new TimeLimits(firstByte, midResponse, newStall);
  }
}
