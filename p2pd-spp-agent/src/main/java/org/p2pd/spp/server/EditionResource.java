package org.p2pd.spp.server;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.p2pd.leases.LeaseQuestion;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;
import org.p2pd.spp.server.SppService.Answer;

/**
 * {@code GET} and {@code HEAD editions/…} (docs/spp.md section 4): takes a question apart, and asks
 * the arbiter about a child's before anything is read or fetched for it. Thread-safe.
 */
final class EditionResource {

  private final NodeParts parts;
  private final SpanAnswers answers;

  EditionResource(NodeParts parts, Load load) {
    this.parts = parts;
    this.answers = new SpanAnswers(parts, load);
  }

  /**
   * Answers.
   *
   * @param id what follows {@code /editions/}
   */
  CompletionStage<Answer> answer(
      String id, boolean head, ServerSession session, CoveredHeaders headers)
      throws MalformedException {
    EditionId edition =
        EditionId.parse(id).orElseThrow(() -> new MalformedException("not an edition's id"));
    Editions.Found found = parts.supply().editions().find(edition);
    if (!(found instanceof Editions.Found.Known known)) {
      return now(unknown(edition, found));
    }
    Optional<SpanRequest> request = SpanRequest.parse(headers);
    Optional<Span> span = request.flatMap(r -> r.spanIn(known.edition().lengthBytes()));
    if (span.isEmpty()) {
      return now(Answers.error(SppError.NOT_A_SPAN));
    }
    List<NodeId> path = request.get().path();
    if (!path.get(path.size() - 1).equals(session.peer().id())) {
      throw new MalformedException("the last node on spp-path is not the asker");
    }
    if (path.contains(parts.self().key().id())) {
      return now(Answers.error(SppError.LOOP));
    }
    SpanQuestion question =
        new SpanQuestion(known.edition(), span.get(), request.get(), head, session, null);
    if (question.relation() != SpanRequest.Relation.CHILD) {
      return answers.answer(question, answers.heldPart(question));
    }
    return parts.self().share() ? child(question) : now(Answers.error(SppError.NOT_SHARED));
  }

  private Answer unknown(EditionId edition, Editions.Found found) {
    if (!(found instanceof Editions.Found.NotSynced)) {
      parts.supply().arbiter().ifPresent(arbiter -> arbiter.gone(edition));
    }
    return Answers.error(found.refusal());
  }

  private CompletionStage<Answer> child(SpanQuestion question) {
    Optional<Span> held = answers.heldPart(question);
    Optional<Arbiter> arbiter = parts.supply().arbiter();
    if (question.head() || arbiter.isEmpty()) {
      return answers.answer(question, held);
    }
    Arbiter.Decision decision =
        arbiter
            .get()
            .decide(
                new LeaseQuestion(
                    question.edition(),
                    held.orElse(question.span()),
                    question.asker(),
                    question.request().urgency(),
                    new HashSet<>(question.request().excluded()),
                    question.request().rateBytesPerSecond()));
    if (decision instanceof Arbiter.Decision.Refer refer) {
      return now(Answers.referral(refer.referral(), question.edition().id()));
    }
    if (decision instanceof Arbiter.Decision.Later later) {
      return now(Answers.later(later.retryAfter()));
    }
    Arbiter.Decision.Serve serve = (Arbiter.Decision.Serve) decision;
    Grant grant =
        new Grant(arbiter.get(), question.edition(), serve.span(), question.asker(), serve.lease());
    return granted(question.granted(grant), held.isPresent(), grant);
  }

  /** What was granted and is not sent after all must not count as sent. */
  private CompletionStage<Answer> granted(SpanQuestion question, boolean held, Grant grant) {
    CompletionStage<Answer> answer;
    try {
      answer = answers.answer(question, held ? Optional.of(grant.span()) : Optional.empty());
    } catch (RuntimeException e) {
      grant.sendsNothing();
      throw e;
    }
    return answer.whenComplete(
        (given, failure) -> {
          if (failure != null || given.status() != Answers.PARTIAL_CONTENT) {
            grant.sendsNothing();
          }
        });
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
