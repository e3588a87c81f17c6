package org.p2pd.leases;

import java.time.Duration;
import java.util.Optional;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/** What a parent does about a child's question. */
public sealed interface LeaseDecision {

  /**
   * Send these blocks, and count on the child to pass them on if it is leased them.
   *
   * @param span the question's, or the blocks of it that come first: what follows them is with
   *     another child
   * @param lease how long the child is counted on without a word from it, and without its taking
   *     anything; whole seconds, 2 to 10. Nothing if it is not counted on
   */
  record Serve(Span span, Optional<Duration> lease) implements LeaseDecision {}

  /** That child holds the first block, or is receiving it. */
  record Refer(NodeId to) implements LeaseDecision {}

  /**
   * It is with a child to which the asker does not want to go, and enough was sent twice.
   *
   * @param retryAfter whole seconds, 1 or 2: it may have said any moment what became of it
   */
  record Later(Duration retryAfter) implements LeaseDecision {}
}
