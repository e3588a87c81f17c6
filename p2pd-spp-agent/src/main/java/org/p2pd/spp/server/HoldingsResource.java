package org.p2pd.spp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.HoldingsCursor;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.holdings.Standing;
import org.p2pd.model.Edition;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Octets;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;

/**
 * {@code POST holdings} (docs/spp.md section 6.2). Thread-safe; {@link #close} ends all waiting.
 *
 * <p>Of each session one question waits: the next one ends its wait, which is how an asker that
 * wants to know of other editions does not leave questions behind.
 */
final class HoldingsResource {

  private final NodeParts parts;
  private final OwnHoldings own;

  /** By session. */
  private final Map<Octets, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();

  /** One is held from the question until its answer is made. */
  private final Semaphore places;

  private volatile boolean closed;

  /**
   * The holdings of a node.
   *
   * @param places of those that wait for news of any kind
   */
  HoldingsResource(NodeParts parts, OwnHoldings own, Semaphore places) {
    this.parts = parts;
    this.own = own;
    this.places = places;
  }

  /**
   * A question whose editions were looked up.
   *
   * @param editions in the order of the question; nothing for those that are not known here
   */
  private record Asked(HoldingsQuestion question, List<Optional<Edition>> editions) {

    boolean isAllKnown() {
      return editions.stream().allMatch(Optional::isPresent);
    }

    Standing standing() {
      List<Standing.OfEdition> where = new ArrayList<>();
      for (int i = 0; i < editions.size(); i++) {
        HoldingsQuestion.OfEdition of = question.editions().get(i);
        editions
            .get(i)
            .ifPresent(
                edition ->
                    where.add(
                        new Standing.OfEdition(
                            edition, of.size(), HoldingsCursor.parse(of.after()))));
      }
      return new Standing(question.digestAfter().map(HoldingsCursor::parse), where);
    }
  }

  CompletionStage<Answer> answer(byte[] body, ServerSession by) throws MalformedException {
    HoldingsQuestion question = HoldingsQuestion.parse(JsonBody.parse(body));
    List<Optional<Edition>> editions = new ArrayList<>();
    for (HoldingsQuestion.OfEdition of : question.editions()) {
      editions.add(
          parts.supply().editions().find(of.edition()) instanceof Editions.Found.Known known
              ? Optional.of(known.edition())
              : Optional.empty());
    }
    Asked asked = new Asked(question, editions);
    CompletableFuture<Void> before = waiting.remove(by.id());
    if (before != null) {
      before.complete(null);
    }
    boolean mayWait = !closed && asked.isAllKnown() && !question.waits().isZero();
    CompletableFuture<Void> news =
        mayWait ? own.changedAfter(asked.standing()) : CompletableFuture.completedFuture(null);
    if (news.isDone()) {
      return news.handleAsync((nothing, failure) -> collect(asked), parts.world().news());
    }
    if (!places.tryAcquire()) {
      news.complete(null); // so that nobody remembers it
      return CompletableFuture.completedFuture(Answers.tooManyWait());
    }
    return await(news, asked, by)
        .handleAsync(
            (nothing, failure) -> {
              places.release();
              return collect(asked);
            },
            parts.world().news());
  }

  /** The news, or the end of the time to wait for it; one question of a session waits. */
  private CompletableFuture<Void> await(
      CompletableFuture<Void> news, Asked asked, ServerSession by) {
    CompletableFuture<Void> before = waiting.put(by.id(), news);
    if (before != null) { // asked at the same time
      before.complete(null);
    }
    if (closed) { // since it was looked at
      news.complete(null);
    }
    ScheduledFuture<?> limit =
        parts
            .world()
            .timers()
            .schedule(
                () -> news.complete(null),
                asked.question().waits().toMillis(),
                TimeUnit.MILLISECONDS);
    return news.whenComplete(
        (nothing, failure) -> {
          limit.cancel(false);
          waiting.remove(by.id(), news);
        });
  }

  private Answer collect(Asked asked) {
    if (closed) {
      return Answers.error(SppError.CLOSING);
    }
    HoldingsAnswer.Builder answer = new HoldingsAnswer.Builder();
    asked.question().digestAfter().ifPresent(after -> addDigest(answer, after));
    for (int i = 0; i < asked.editions().size() && answer.roomForRecords() > 0; i++) {
      Optional<Edition> edition = asked.editions().get(i);
      if (edition.isPresent()) {
        addBlocks(answer, i, edition.get(), asked.question().editions().get(i));
      } else {
        answer.untold(i);
      }
    }
    if (answer.isEmpty()) {
      return Answers.noContent();
    }
    Map<String, String> headers = Answers.headers();
    headers.put(SppHeaders.CONTENT_TYPE, SppHeaders.HOLDINGS);
    return new Answer.Control(200, headers, answer.build());
  }

  private void addDigest(HoldingsAnswer.Builder answer, String after) {
    DigestNews news = own.digestAfter(HoldingsCursor.parse(after), SppLimits.MAX_DIGEST_RECORDS);
    if (news.isNewsAfter(after)) {
      answer.digest(news);
    }
  }

  private void addBlocks(
      HoldingsAnswer.Builder answer, int index, Edition edition, HoldingsQuestion.OfEdition of) {
    int most = Math.min(answer.roomForRecords(), SppLimits.MAX_BLOCK_RUNS);
    Optional<BlockNews> news =
        own.blocksAfter(edition, of.size(), HoldingsCursor.parse(of.after()), most);
    if (news.isEmpty()) {
      answer.untold(index);
    } else if (news.get().isNewsAfter(of.after())) {
      answer.blocks(index, news.get());
    }
  }

  /** Ends all waiting; from now on nothing is told. */
  void close() {
    closed = true;
    waiting.values().forEach(news -> news.complete(null));
  }
}
