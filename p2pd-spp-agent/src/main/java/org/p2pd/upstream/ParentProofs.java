package org.p2pd.upstream;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.SppError;
import org.p2pd.spp.client.BlockQuestion;
import org.p2pd.spp.client.ProofReply;
import org.p2pd.spp.server.ProofSource;

/** Asks one usable parent after the other for a proof. Thread-safe. */
record ParentProofs(Supplier<List<ParentLink>> links) implements ProofSource {

  @Override
  public CompletionStage<Outcome> learn(
      Edition edition, Span span, Urgency urgency, List<NodeId> path) {
    BlockQuestion question =
        new BlockQuestion(edition, span, urgency, BlockQuestion.Relation.CHILD, path);
    Iterator<ParentLink> usable =
        links.get().stream().filter(ParentLink::isUsable).toList().iterator();
    return ask(usable, question, new Outcome.Refused(SppError.NOT_HELD));
  }

  private static CompletableFuture<Outcome> ask(
      Iterator<ParentLink> parents, BlockQuestion question, Outcome soFar) {
    if (!parents.hasNext()) {
      return CompletableFuture.completedFuture(soFar);
    }
    return parents
        .next()
        .peer()
        .prove(question)
        .thenCompose(
            reply ->
                reply instanceof ProofReply.Proven proven
                    ? CompletableFuture.completedFuture(
                        new Outcome.Proven(proven.proof(), proven.leaves()))
                    : ask(
                        parents,
                        question,
                        new Outcome.Refused(errorOf(((ProofReply.NotProven) reply).status()))));
  }

  private static SppError errorOf(int status) {
    return switch (status) {
      case 410 -> SppError.EDITION_GONE;
      case 429, 503 -> SppError.BUSY;
      case 508 -> SppError.LOOP;
      default -> SppError.NOT_HELD;
    };
  }
}
