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
    sendsNothingFrom(sent.blockCount(), span);
  }

  /** Of blocks that were to be sent, only so many, which come first, are. */
  void sendsNothingFrom(int block, Span of) {
    int rest = of.blockCount() - block;
    if (rest > 0) {
      arbiter.unsent(edition, new Span(of.blockSize(), of.firstBlock() + block, rest), asker);
    }
  }

  /** The answer with these blocks goes on. */
  void moves(Span sent) {
    arbiter.moved(edition, sent, asker);
  }

  void sendsNothing() {
    arbiter.unsent(edition, span, asker);
  }
}
