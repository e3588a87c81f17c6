package org.p2pd.spp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;

/**
 * Brings the bytes that a question may have. Thread-safe.
 *
 * <p>What is held is sent from its file where the content allows it: the asker verifies. What is
 * not held is fetched for a child; its proof is known before the head is sent, so it is learned
 * from a parent first where need be. That question carries the child's path: hence a ring of
 * parents ends there. A sibling gets what is on its way here from a node that is no sibling, as it
 * verifies.
 */
final class SpanAnswers {

  private final NodeParts parts;
  private final Load load;

  SpanAnswers(NodeParts parts, Load load) {
    this.parts = parts;
    this.load = load;
  }

  /** The blocks of the question's span that come first and are held, if its first one is. */
  Optional<Span> heldPart(SpanQuestion question) {
    Span span = question.span();
    int least = 0;
    int most = span.blockCount();
    while (least < most) { // the blocks held from the first one on: found by halving
      int count = least == 0 && most == span.blockCount() ? most : (least + most + 1) / 2;
      Span part = new Span(span.blockSize(), span.firstBlock(), count);
      if (content().holds(question.edition(), part.bytes(question.edition().lengthBytes()))) {
        least = count;
      } else {
        most = count - 1;
      }
    }
    return least == 0
        ? Optional.empty()
        : Optional.of(new Span(span.blockSize(), span.firstBlock(), least));
  }

  /**
   * Answers.
   *
   * @param held the part of the span that is held, if any is
   */
  CompletionStage<Answer> answer(SpanQuestion question, Optional<Span> held) {
    if (question.relation() == SpanRequest.Relation.SIBLING
        && !question.head()
        && !held.equals(Optional.of(question.span()))) {
      return relayed(question, held.map(Span::blockCount).orElse(0));
    }
    Optional<ProvenSpan> proven = held.flatMap(span -> prove(question, span));
    if (proven.isEmpty() && question.head()) {
      proven = prove(question, question.span());
    }
    if (proven.isPresent()) {
      return now(question.head() ? headOnly(question, proven.get()) : held(question, proven.get()));
    }
    return question.relation() == SpanRequest.Relation.CHILD ? learned(question) : now(notHeld());
  }

  private Content content() {
    return parts.supply().content();
  }

  private Optional<ProvenSpan> prove(SpanQuestion question, Span span) {
    return ProvenSpan.of(content(), question.edition(), span, question.isAtPlayHead());
  }

  private Answer held(SpanQuestion question, ProvenSpan proven) {
    ByteRange range = proven.span().bytes(question.edition().lengthBytes());
    Optional<FilePart> file = content().filePart(question.edition(), range, Reader.PEER);
    if (file.isPresent()) {
      load.sentFromFile(range.lengthBytes());
      return file(question, proven, file.get());
    }
    return stream(question, proven, open(question, proven, Fetching.NOTHING), null);
  }

  private static Answer file(SpanQuestion question, ProvenSpan proven, FilePart part) {
    Map<String, String> head = headOfBytes(question, proven);
    Grant grant = question.grant();
    return grant == null
        ? new Answer.File(Answers.PARTIAL_CONTENT, head, part)
        : new Answer.File(
            Answers.PARTIAL_CONTENT,
            head,
            part,
            Optional.of(new GrantedAnswer(grant, proven.span())::ended));
  }

  private ContentStream open(SpanQuestion question, ProvenSpan proven, Fetching fetching) {
    Edition edition = question.edition();
    return content()
        .open(
            new ReadRequest(
                edition,
                proven.span().bytes(edition.lengthBytes()),
                Reader.PEER,
                question.request().urgency(),
                fetching));
  }

  /** The asker's request stays open until the transport closes the stream. */
  private Answer stream(
      SpanQuestion question, ProvenSpan proven, ContentStream stream, @Nullable LookedAt looked) {
    Grant grant = question.grant();
    Progress progress =
        grant == null ? Progress.UNWATCHED : new GrantedAnswer(grant, proven.span());
    OutgoingStream out =
        new OutgoingStream(stream, looked, load, progress, question.by()::requestEnded);
    long length = proven.span().bytes(question.edition().lengthBytes()).lengthBytes();
    return new Answer.Stream(Answers.PARTIAL_CONTENT, headOfBytes(question, proven), out, length);
  }

  private static Answer headOnly(SpanQuestion question, ProvenSpan proven) {
    return new Answer.Control(200, headers(question, proven), new byte[0]);
  }

  private static Map<String, String> headers(SpanQuestion question, ProvenSpan proven) {
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

  /** The head of an answer with bytes: from here on they count as sent. */
  private static Map<String, String> headOfBytes(SpanQuestion question, ProvenSpan proven) {
    Map<String, String> headers = headers(question, proven);
    Grant grant = question.grant();
    if (grant != null) {
      grant.sends(proven.span());
      grant
          .lease()
          .ifPresent(lease -> headers.put(SppHeaders.LEASE, Long.toString(lease.toSeconds())));
    }
    return headers;
  }

  /**
   * For a sibling: what is held and what is on its way here, as soon as it is proven and then as it
   * verifies.
   */
  private CompletionStage<Answer> relayed(SpanQuestion question, int heldBlocks) {
    CompletionStage<Optional<ProvenSpan>> proof =
        content().proveArriving(question.edition(), question.span(), question.isAtPlayHead());
    return soon(proof)
        .thenApply(
            found ->
                found
                    .map(proven -> relayed(question, heldBlocks, proven))
                    .orElseGet(SpanAnswers::notHeld));
  }

  private Answer relayed(SpanQuestion question, int heldBlocks, ProvenSpan proven) {
    return proven.span().blockCount() <= heldBlocks
        ? held(question, proven)
        : stream(question, proven, open(question, proven, Fetching.ARRIVING), null);
  }

  /** The same, or nothing when its time has run out. */
  private CompletionStage<Optional<ProvenSpan>> soon(CompletionStage<Optional<ProvenSpan>> proof) {
    CompletableFuture<Optional<ProvenSpan>> known = proof.toCompletableFuture();
    if (known.isDone()) {
      return known;
    }
    ScheduledFuture<?> limit =
        parts
            .world()
            .timers()
            .schedule(
                () -> known.complete(Optional.empty()),
                SppLimits.PROOF_WITHIN.toMillis(),
                TimeUnit.MILLISECONDS);
    return known.whenComplete((found, failure) -> limit.cancel(false));
  }

  /** For a child: what is needed for the head is asked of a parent, then the span is fetched. */
  private CompletionStage<Answer> learned(SpanQuestion question) {
    List<NodeId> path = new ArrayList<>(question.request().path());
    if (path.size() >= SppLimits.MAX_IDS) {
      return now(Answers.error(SppError.LOOP));
    }
    path.add(parts.self().key().id());
    Optional<ProvenSpan> known = prove(question, question.span());
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
              ProvenSpan span =
                  new ProvenSpan(proven.proof().span(), proven.proof().toBytes(), proven.leaves());
              return question.head() ? now(headOnly(question, span)) : fetched(question, span);
            });
  }

  private CompletionStage<Answer> fetched(SpanQuestion question, ProvenSpan proven) {
    ContentStream stream = open(question, proven, Fetching.MISSING);
    return FirstBytes.of(stream, parts.world())
        .thenApply(
            found ->
                found instanceof FirstBytes.Found.Some some
                    ? stream(question, proven, stream, some.bytes())
                    : Answers.error(((FirstBytes.Found.None) found).why()));
  }

  private static Answer notHeld() {
    return Answers.error(SppError.NOT_HELD);
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
