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
    List<ParentLink> all = links.get();
    List<ParentLink> usable = all.stream().filter(ParentLink::isUsable).toList();
    // What a parent has that cannot be asked now, nobody knows.
    SppError soFar = usable.size() < all.size() ? SppError.NOT_READY : SppError.EDITION_GONE;
    return ask(usable.iterator(), question, soFar);
  }

  private static CompletableFuture<Outcome> ask(
      Iterator<ParentLink> parents, BlockQuestion question, SppError soFar) {
    if (!parents.hasNext()) {
      return CompletableFuture.completedFuture(new Outcome.Refused(soFar));
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
                    : ask(parents, question, better(soFar, (ProofReply.NotProven) reply)));
  }

  /** Of two refusals the one that says less about the bytes: they are gone only if all say so. */
  private static SppError better(SppError soFar, ProofReply.NotProven reply) {
    SppError now = errorOf(reply.status());
    return LEAST_NEWS_FIRST.indexOf(now) < LEAST_NEWS_FIRST.indexOf(soFar) ? now : soFar;
  }

  private static final List<SppError> LEAST_NEWS_FIRST =
      List.of(
          SppError.BUSY,
          SppError.NOT_READY,
          SppError.LOOP,
          SppError.NOT_HELD,
          SppError.EDITION_GONE);

  /** A parent that did not answer, or not to the question, says nothing about the bytes. */
  private static SppError errorOf(int status) {
    return switch (status) {
      case 404 -> SppError.NOT_HELD;
      case 410 -> SppError.EDITION_GONE;
      case 429 -> SppError.BUSY;
      case 508 -> SppError.LOOP;
      default -> SppError.NOT_READY;
    };
  }
}
