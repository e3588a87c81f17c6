package org.p2pd.spp.server;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.p2pd.catalogue.BatchHeader;
import org.p2pd.catalogue.CatalogueFeed;
import org.p2pd.catalogue.Cursor;
import org.p2pd.catalogue.Position;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Octets;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;

/** {@code GET catalogue} (docs/spp.md section 5). Thread-safe; {@link #close} ends all waiting. */
final class CatalogueResource {

  /** The relation of an asker that is answered although this node is nobody's parent. */
  private static final String SIBLING = "sibling";

  private final NodeParts parts;
  private final Set<CompletableFuture<Void>> waiting = ConcurrentHashMap.newKeySet();

  /** One is held from the question until its answer is made. */
  private final Semaphore places;

  /**
   * The catalogue of a node.
   *
   * @param places of those that wait for news of any kind
   */
  CatalogueResource(NodeParts parts, Semaphore places) {
    this.parts = parts;
    this.places = places;
  }

  CompletionStage<Answer> answer(String query, CoveredHeaders headers) throws MalformedException {
    boolean sibling = SIBLING.equals(headers.get(SppHeaders.RELATION));
    if (!parts.self().share() && !sibling) {
      return now(Answers.error(SppError.NOT_SHARED));
    }
    Optional<CatalogueFeed> feed = parts.supply().feed();
    if (feed.isEmpty()) {
      return now(Answers.error(SppError.UNKNOWN_RESOURCE));
    }
    Query asked = Query.parse(query);
    Cursor after =
        Cursor.parse(asked.require("after"))
            .orElseThrow(() -> new MalformedException("after is no cursor"));
    long seconds = SppHeaders.parseNumber(asked.require("wait"), SppLimits.MAX_WAIT.toSeconds());
    String newest = headers.get(SppHeaders.NEWEST);
    if (newest != null) {
      feed.get().heard(Octets.parse(newest, BatchHeader.BYTES).toBytes());
    }
    return answer(feed.get(), after, Duration.ofSeconds(seconds));
  }

  @SuppressWarnings("CollectionUndefinedEquality") // each wait is itself and no other
  private CompletionStage<Answer> answer(CatalogueFeed feed, Cursor after, Duration wait) {
    if (feed.end().equals(Position.NONE)) {
      return now(Answers.error(SppError.NOT_SYNCED));
    }
    CatalogueFeed.Page page = feed.since(after, SppLimits.MAX_CATALOGUE_BYTES);
    if (!page.isEmpty() || wait.isZero()) {
      return now(answerOf(feed, page, after));
    }
    if (!places.tryAcquire()) {
      return now(Answers.tooManyWait());
    }
    CompletableFuture<Void> changed = feed.changedAfter(after);
    waiting.add(changed);
    ScheduledFuture<?> limit =
        parts
            .world()
            .timers()
            .schedule(() -> changed.complete(null), wait.toMillis(), TimeUnit.MILLISECONDS);
    return changed.handleAsync(
        (news, failure) -> {
          limit.cancel(false);
          waiting.remove(changed);
          places.release();
          return answerOf(feed, feed.since(after, SppLimits.MAX_CATALOGUE_BYTES), after);
        },
        parts.world().news());
  }

  private static Answer answerOf(CatalogueFeed feed, CatalogueFeed.Page page, Cursor after) {
    if (page.isEmpty()) {
      Answer.Control nothing = Answers.noContent();
      nothing.headers().put(SppHeaders.NEXT, after.toString());
      return nothing;
    }
    Map<String, String> headers = Answers.headers();
    headers.put(SppHeaders.CONTENT_TYPE, SppHeaders.CATALOGUE);
    headers.put(SppHeaders.NEXT, page.next().toString());
    feed.authority().ifPresent(key -> headers.put(SppHeaders.AUTHORITY, key.toBase64Url()));
    return new Answer.Control(200, headers, page.batches());
  }

  void close() {
    waiting.forEach(changed -> changed.complete(null));
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
