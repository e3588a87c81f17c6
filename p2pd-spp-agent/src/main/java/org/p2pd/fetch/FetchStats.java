package org.p2pd.fetch;

import java.util.Map;

/**
 * What fetching has done since start.
 *
 * @param spansAsked questions asked of sources
 * @param spansFailed of these, how many brought less than was asked
 * @param mismatches of these, how many because something did not verify
 * @param silences of these, how many were given up because nothing came, or far less than another
 *     source would have sent
 * @param hedges blocks that were late and were asked of a second source too
 * @param referrals questions that a parent referred to another node
 * @param keptBytes verified and stored
 * @param passedBytes verified and not stored, for want of room
 * @param busyReadings readings refused because the memory was used up
 * @param openReadings streams open now
 * @param memoryBytes memory for blocks in use now
 * @param memoryPeakBytes the most that was ever in use
 * @param receivedBytes verified bytes by source name; under {@link #OTHERS} those of sources that
 *     are long gone
 */
public record FetchStats(
    long spansAsked,
    long spansFailed,
    long mismatches,
    long silences,
    long hedges,
    long referrals,
    long keptBytes,
    long passedBytes,
    long busyReadings,
    long openReadings,
    long memoryBytes,
    long memoryPeakBytes,
    Map<String, Long> receivedBytes) {

  /** The name under which those are counted that have none any more. */
  public static final String OTHERS = "others";

  public FetchStats {
    receivedBytes = Map.copyOf(receivedBytes);
  }
}
