package org.p2pd.spp.server;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.SppError;
import org.p2pd.tree.SpanProof;

/**
 * Learns the proof of a span that this node does not hold, before it promises the span to a child.
 */
@FunctionalInterface
public interface ProofSource {

  /** What came of it. */
  sealed interface Outcome {

    /**
     * A proof that leads to the root.
     *
     * @param leaves the first block's leaf hashes, checked; null unless asked for a play head
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
    record Proven(SpanProof proof, byte @Nullable [] leaves) implements Outcome {}

    /** Nothing to be had; what to tell the child. */
    record Refused(SppError error) implements Outcome {}
  }

  /**
   * Asks a parent.
   *
   * @param path the nodes on whose behalf it is asked, this one last
   */
  CompletionStage<Outcome> learn(Edition edition, Span span, Urgency urgency, List<NodeId> path);

  /** That of a node without parents. */
  static ProofSource none() {
    return (edition, span, urgency, path) ->
        CompletableFuture.completedFuture(new Outcome.Refused(SppError.NOT_HELD));
  }
}
