package org.p2pd.spp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;

/**
 * {@code GET} and {@code HEAD editions/…} (docs/spp.md section 4). Thread-safe.
 *
 * <p>What is held is sent from its file, unverified: the asker verifies. What is not held is
 * fetched for a child, if this node shares; its proof is known before the head is sent, so it is
 * learned from a parent first where need be. That question carries the child's path: hence a ring
 * of parents ends there.
 */
final class EditionResource {

  private final NodeParts parts;
  private final Load load;

  EditionResource(NodeParts parts, Load load) {
    this.parts = parts;
    this.load = load;
  }

  /** A question that makes sense: about a known edition, a span of it, in no loop. */
  private record Question(
      Edition edition, Span span, SpanRequest request, boolean head, ServerSession by) {
    boolean atPlayHead() {
      return request.urgency() == Urgency.PLAY_HEAD;
    }
  }

  /** What is known of a span before a byte of it is sent. */
  @SuppressWarnings("ArrayRecordComponent") // confined to one question
  private record Proven(Span span, byte[] proof, byte @Nullable [] leaves) {}

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
      return now(Answers.error(refusalOf(found)));
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
    if (request.get().child() && !parts.self().share()) {
      return now(Answers.error(SppError.NOT_SHARED));
    }
    return answer(new Question(known.edition(), span.get(), request.get(), head, session));
  }

  private static SppError refusalOf(Editions.Found found) {
    if (found instanceof Editions.Found.Gone) {
      return SppError.EDITION_GONE;
    }
    return found instanceof Editions.Found.NotSynced
        ? SppError.NOT_SYNCED
        : SppError.UNKNOWN_EDITION;
  }

  private CompletionStage<Answer> answer(Question question) {
    Optional<Span> held = heldPart(question.edition(), question.span());
    if (held.isPresent()) {
      Optional<Proven> proven = prove(question, held.get());
      if (proven.isPresent()) {
        return now(
            question.head() ? headOnly(question, proven.get()) : held(question, proven.get()));
      }
    }
    if (question.head()) {
      Optional<Proven> proven = prove(question, question.span());
      if (proven.isPresent()) {
        return now(headOnly(question, proven.get()));
      }
    }
    return question.request().child() ? learned(question) : now(Answers.error(SppError.NOT_HELD));
  }

  /** The blocks of the span that come first and are held, if its first one is. */
  private Optional<Span> heldPart(Edition edition, Span span) {
    Content content = parts.supply().content();
    int least = 0;
    int most = span.blockCount();
    while (least < most) { // the blocks held from the first one on: found by halving
      int count = least == 0 && most == span.blockCount() ? most : (least + most + 1) / 2;
      Span part = new Span(span.blockSize(), span.firstBlock(), count);
      if (content.holds(edition, part.bytes(edition.lengthBytes()))) {
        least = count;
      } else {
        most = count - 1;
      }
    }
    return least == 0
        ? Optional.empty()
        : Optional.of(new Span(span.blockSize(), span.firstBlock(), least));
  }

  private Optional<Proven> prove(Question question, Span span) {
    Content content = parts.supply().content();
    Optional<byte[]> proof = content.prove(question.edition(), span);
    if (proof.isEmpty()) {
      return Optional.empty();
    }
    if (!question.atPlayHead()) {
      return Optional.of(new Proven(span, proof.get(), null));
    }
    Span first = new Span(span.blockSize(), span.firstBlock(), 1);
    return content
        .leafHashes(question.edition(), first)
        .map(leaves -> new Proven(span, proof.get(), leaves));
  }

  private Answer held(Question question, Proven proven) {
    ByteRange range = proven.span().bytes(question.edition().lengthBytes());
    Content content = parts.supply().content();
    Optional<FilePart> file = content.filePart(question.edition(), range, Reader.PEER);
    if (file.isPresent()) {
      load.sentFromFile(range.lengthBytes());
      return new Answer.File(206, headers(question, proven), file.get());
    }
    return stream(question, proven, content.open(reading(question, range, false)), null);
  }

  private static ReadRequest reading(Question question, ByteRange range, boolean mayFetch) {
    return new ReadRequest(
        question.edition(), range, Reader.PEER, question.request().urgency(), mayFetch);
  }

  /** The asker's request stays open until the transport closes the stream. */
  private Answer stream(
      Question question, Proven proven, ContentStream stream, @Nullable LookedAt looked) {
    OutgoingStream out = new OutgoingStream(stream, looked, load, question.by()::requestEnded);
    long length = proven.span().bytes(question.edition().lengthBytes()).lengthBytes();
    return new Answer.Stream(206, headers(question, proven), out, length);
  }

  private static Answer headOnly(Question question, Proven proven) {
    return new Answer.Control(200, headers(question, proven), new byte[0]);
  }

  private static Map<String, String> headers(Question question, Proven proven) {
    Edition edition = question.edition();
    ByteRange range = proven.span().bytes(edition.lengthBytes());
    Map<String, String> headers = Answers.headers();
    headers.put(SppHeaders.CONTENT_TYPE, "application/octet-stream");
    headers.put(SppHeaders.CONTENT_RANGE, "bytes " + range + "/" + edition.lengthBytes());
    headers.put(SppHeaders.ETAG, edition.id().entityTag());
    headers.put(SppHeaders.PROOF, SppHeaders.bytes(proven.proof()));
    byte[] leaves = proven.leaves();
    if (leaves != null) {
      headers.put(SppHeaders.LEAVES, SppHeaders.bytes(leaves));
    }
    return headers;
  }

  /** For a child: what is needed for the head is asked of a parent, then the span is fetched. */
  private CompletionStage<Answer> learned(Question question) {
    List<NodeId> path = new ArrayList<>(question.request().path());
    if (path.size() >= SppLimits.MAX_IDS) {
      return now(Answers.error(SppError.LOOP));
    }
    path.add(parts.self().key().id());
    Optional<Proven> known = prove(question, question.span());
    if (known.isPresent()) {
      return fetched(question, known.get());
    }
    return parts
        .supply()
        .proofs()
        .learn(question.edition(), question.span(), question.request().urgency(), path)
        .thenCompose(
            outcome -> {
              if (outcome instanceof ProofSource.Outcome.Refused refused) {
                return now(Answers.error(refused.error()));
              }
              ProofSource.Outcome.Proven proven = (ProofSource.Outcome.Proven) outcome;
              Proven span =
                  new Proven(proven.proof().span(), proven.proof().toBytes(), proven.leaves());
              return question.head() ? now(headOnly(question, span)) : fetched(question, span);
            });
  }

  private CompletionStage<Answer> fetched(Question question, Proven proven) {
    ByteRange range = proven.span().bytes(question.edition().lengthBytes());
    ContentStream stream = parts.supply().content().open(reading(question, range, true));
    return FirstBytes.of(stream, parts.world())
        .thenApply(
            found ->
                found instanceof FirstBytes.Found.Some some
                    ? stream(question, proven, stream, some.bytes())
                    : Answers.error(((FirstBytes.Found.None) found).why()));
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
