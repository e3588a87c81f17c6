package org.p2pd.spp.server;

import java.time.Duration;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * What an arbiter lets a child have: it counts as sent until the arbiter hears otherwise.
 *
 * @param span what may be sent
 */
record Grant(Arbiter arbiter, Edition edition, Span span, NodeId asker, Optional<Duration> lease) {

  /** Only these blocks of it, which come first, are sent. */
  void sends(Span sent) {
    int rest = span.blockCount() - sent.blockCount();
    if (rest > 0) {
      arbiter.unsent(edition, new Span(span.blockSize(), sent.lastBlock() + 1, rest), asker);
    }
  }

  void sendsNothing() {
    arbiter.unsent(edition, span, asker);
  }
}
