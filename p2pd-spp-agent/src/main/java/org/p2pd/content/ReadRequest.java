package org.p2pd.content;

import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/**
 * One sequential reading.
 *
 * @param edition what is read
 * @param range the bytes wanted, within the edition
 * @param reader for whom
 * @param urgency of the bytes at the reading position; what lies further ahead is less urgent
 * @param fetching what to do about bytes that are not held
 */
public record ReadRequest(
    Edition edition, ByteRange range, Reader reader, Urgency urgency, Fetching fetching) {

  public ReadRequest {
    if (range.last() >= edition.lengthBytes()) {
      throw new IllegalArgumentException("range " + range + " of " + edition);
    }
  }
}
