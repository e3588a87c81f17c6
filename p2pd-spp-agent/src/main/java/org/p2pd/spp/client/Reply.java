package org.p2pd.spp.client;

import java.util.Optional;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;

/** What came of a control request. */
public sealed interface Reply {

  /**
   * An answer whose MAC is right.
   *
   * @param headers those that the MAC covers
   * @param body all of it
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Answer(int status, CoveredHeaders headers, byte[] body) implements Reply {

    /** The error that the answer names, if it is one that this node knows. */
    public Optional<SppError> error() {
      return errorIn(status, body);
    }
  }

  /** No answer that counts. */
  record Failed(Trouble trouble, String detail) implements Reply {}

  /** The error code in a body of status 400 and above. */
  static Optional<SppError> errorIn(int status, byte[] body) {
    if (status < 400) {
      return Optional.empty();
    }
    try {
      return SppError.ofCode(JsonBody.parse(body).text("error", 80))
          .filter(error -> error.status() == status);
    } catch (MalformedException e) {
      return Optional.empty(); // no node's error
    }
  }
}
