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
 * @param mayFetch whether bytes that are not held may be fetched from other nodes
 */
public record ReadRequest(
    Edition edition, ByteRange range, Reader reader, Urgency urgency, boolean mayFetch) {

  public ReadRequest {
    if (range.last() >= edition.lengthBytes()) {
      throw new IllegalArgumentException("range " + range + " of " + edition);
    }
  }
}
