package org.p2pd.spp.client;

import java.util.List;
import java.util.Optional;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppHeaders;

/** Turns what came into what counts: an answer whose MAC is right. */
final class Checked {

  private Checked() {}

  static Optional<Reply.Answer> of(
      ClientSession session, ClientSession.Signed request, RawAnswer answer) {
    List<String> mac = answer.headers().getOrDefault(SppHeaders.MAC, List.of());
    if (mac.size() != 1) {
      return Optional.empty();
    }
    try {
      CoveredHeaders headers = CoveredHeaders.of(answer.headers());
      return session.verifies(request, answer.status(), headers, answer.body(), mac.get(0))
          ? Optional.of(new Reply.Answer(answer.status(), headers, answer.body()))
          : Optional.empty();
    } catch (MalformedException e) {
      return Optional.empty(); // no node of ours sends such headers
    }
  }
}
