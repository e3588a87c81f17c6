package org.p2pd.siblings;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.p2pd.catalogue.Receipt;
import org.p2pd.catalogue.Replica;
import org.p2pd.catalogue.Shower;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the catalogue of a sibling while no parent can be asked for news: so a cache that starts
 * while the server is down learns what its siblings know, and a cut off one what they hear. One
 * sibling at a time; another when it fails or is not believed. Its steps run on the timers' thread.
 */
final class SiblingNews implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SiblingNews.class);

  /** How long a sibling may keep the question open: as long as parents may. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Keeps one that answers "nothing new" without waiting from being asked in a loop. */
  private static final Duration LEAST_PAUSE = Duration.ofMillis(200);

  private final Replica replica;
  private final BooleanSupplier parentAnswers;
  private final Supplier<List<Peer>> siblings;
  private final ScheduledExecutorService timers;
  private final Executor work;
  private final RandomGenerator random;

  /** Confined to the timers' thread. */
  private Optional<Peer> followed = Optional.empty();

  private volatile boolean closed;

  /**
   * Follows no one before {@link #begin}.
   *
   * @param parentAnswers whether news come from a parent
   * @param siblings who can be asked now
   * @param work where news are verified and stored
   */
  SiblingNews(
      Replica replica,
      BooleanSupplier parentAnswers,
      Supplier<List<Peer>> siblings,
      ScheduledExecutorService timers,
      Executor work,
      RandomGenerator random) {
    this.replica = replica;
    this.parentAnswers = parentAnswers;
    this.siblings = siblings;
    this.timers = timers;
    this.work = work;
    this.random = random;
  }

  void begin() {
    later(PAUSE, this::ask);
  }

  private void ask() {
    List<Peer> known = siblings.get();
    if (parentAnswers.getAsBoolean() || known.isEmpty()) {
      followed = Optional.empty();
      later(PAUSE, this::ask);
      return;
    }
    if (followed.filter(known::contains).isEmpty()) {
      followed = Optional.of(known.get(random.nextInt(known.size())));
    }
    Map<String, String> headers = new HashMap<>(Map.of(SppHeaders.RELATION, "sibling"));
    replica
        .newestHeader()
        .ifPresent(newest -> headers.put(SppHeaders.NEWEST, SppHeaders.bytes(newest)));
    CompletableFuture<?> unused =
        followed
            .get()
            .ask(ControlRequest.catalogue(replica.cursor().toString(), headers, WAIT))
            .thenAccept(reply -> later(Duration.ZERO, () -> heard(reply)));
  }

  private void heard(Reply reply) {
    if (reply instanceof Reply.Answer answer && answer.status() == 200) {
      work.execute(() -> take(answer));
      return;
    }
    if (reply instanceof Reply.Answer answer && answer.status() == 204) {
      later(LEAST_PAUSE, this::ask);
      return;
    }
    LOG.debug("no news from {}: {}", followed, reply);
    followed = Optional.empty();
    later(PAUSE, this::ask);
  }

  /** Not on the timers' thread: news are verified and written to disk. */
  private void take(Reply.Answer answer) {
    Receipt receipt = new Receipt.Known();
    try {
      Optional.ofNullable(answer.headers().get(SppHeaders.AUTHORITY))
          .flatMap(PublicKey::ofBase64Url)
          .ifPresent(key -> replica.shown(key, Shower.SIBLING));
      receipt = replica.receive(answer.body(), Shower.SIBLING);
    } finally {
      Receipt taken = receipt;
      later(Duration.ZERO, () -> taken(taken));
    }
  }

  private void taken(Receipt receipt) {
    if (receipt instanceof Receipt.Refused refused) {
      LOG.warn(
          "the catalogue of {} is not believed ({}: {})",
          followed,
          refused.reason(),
          refused.detail());
      followed = Optional.empty();
      later(PAUSE, this::ask);
      return;
    }
    boolean more = !(receipt instanceof Receipt.Known) && !(receipt instanceof Receipt.Gap);
    later(more ? Duration.ZERO : LEAST_PAUSE, this::ask);
  }

  private void later(Duration pause, Runnable step) {
    if (closed) {
      return;
    }
    try {
      ScheduledFuture<?> unused =
          timers.schedule(() -> guarded(step), pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      closed = true; // the node ends
    }
  }

  private void guarded(Runnable step) {
    if (closed) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("following a sibling's catalogue failed, and goes on", e);
      later(PAUSE, this::ask);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
