package org.p2pd.siblings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
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
import org.p2pd.catalogue.Shower;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.p2pd.upstream.News;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the catalogue of a sibling while no parent can be asked for news: so a cache that starts
 * while the server is down learns what its siblings know, and a cut off one what they hear. One
 * sibling at a time; another when it fails, is not believed, or tells nothing new for a while. Its
 * steps run on the timers' thread.
 */
final class SiblingNews implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SiblingNews.class);

  /** How long a sibling may keep the question open: as long as parents may. */
  private static final Duration WAIT = Duration.ofSeconds(5);

  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Keeps one that answers "nothing new" without waiting from being asked in a loop. */
  private static final Duration LEAST_PAUSE = Duration.ofMillis(200);

  /** When siblings are asked again of whom one told what is of no use. */
  private static final Duration AFTER_USELESS = Duration.ofSeconds(10);

  /** So long one is followed that tells nothing new: others may know more, or tell it. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final News catalogue;
  private final BooleanSupplier parentAnswers;
  private final Supplier<List<Peer>> siblings;
  private final ScheduledExecutorService timers;
  private final Executor work;
  private final Ticker ticker;
  private final RandomGenerator random;

  /** Confined to the timers' thread, as all that follows. */
  private Optional<Peer> followed = Optional.empty();

  /** The one that is followed was of no use. */
  private boolean failed;

  /** When it last told something new, or began to be followed. */
  private long usefulNanos;

  private int gapsInARow;

  private volatile boolean closed;

  /**
   * Follows no one before {@link #begin}.
   *
   * @param parentAnswers whether news come from a parent
   * @param siblings who can be asked now
   * @param work where news are verified and stored
   */
  SiblingNews(
      News catalogue,
      BooleanSupplier parentAnswers,
      Supplier<List<Peer>> siblings,
      ScheduledExecutorService timers,
      Executor work,
      Ticker ticker,
      RandomGenerator random) {
    this.catalogue = catalogue;
    this.parentAnswers = parentAnswers;
    this.siblings = siblings;
    this.timers = timers;
    this.work = work;
    this.ticker = ticker;
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
    Peer asked =
        followed
            .filter(known::contains)
            .filter(one -> !isUseless())
            .orElseGet(() -> another(known));
    Map<String, String> headers = new HashMap<>(Map.of(SppHeaders.RELATION, "sibling"));
    catalogue
        .newestHeader()
        .ifPresent(newest -> headers.put(SppHeaders.NEWEST, SppHeaders.bytes(newest)));
    CompletableFuture<?> unused =
        asked
            .ask(ControlRequest.catalogue(catalogue.cursor().toString(), headers, WAIT))
            .thenAccept(reply -> later(Duration.ZERO, () -> heard(reply)));
  }

  private boolean isUseless() {
    return failed || ticker.read() - usefulNanos >= PATIENCE.toNanos();
  }

  /** Follows another one than before, if there is one. */
  private Peer another(List<Peer> known) {
    List<Peer> others = new ArrayList<>(known);
    if (known.size() > 1) {
      followed.ifPresent(others::remove);
    }
    Peer chosen = others.get(random.nextInt(others.size()));
    followed = Optional.of(chosen);
    failed = false;
    usefulNanos = ticker.read();
    return chosen;
  }

  private void heard(Reply reply) {
    if (reply instanceof Reply.Answer answer && answer.status() == 200) {
      work(() -> take(answer));
      return;
    }
    if (reply instanceof Reply.Answer answer && answer.status() == 204) {
      later(LEAST_PAUSE, this::ask);
      return;
    }
    LOG.debug("no news from {}: {}", followed.map(Peer::toString).orElse("?"), reply);
    failed = true;
    later(PAUSE, this::ask);
  }

  /** Not on the timers' thread: news are verified and written to disk. */
  private void take(Reply.Answer answer) {
    Optional<PublicKey> authority =
        Optional.ofNullable(answer.headers().get(SppHeaders.AUTHORITY))
            .flatMap(PublicKey::ofBase64Url);
    Receipt receipt = catalogue.take(authority, answer.body(), Shower.SIBLING);
    later(Duration.ZERO, () -> taken(receipt));
  }

  private void taken(Receipt receipt) {
    gapsInARow = receipt instanceof Receipt.Gap ? gapsInARow + 1 : 0;
    if (receipt instanceof Receipt.Refused || gapsInARow > 1) {
      LOG.warn(
          "the catalogue of {} is of no use ({}): another sibling is followed; if all do so, compare"
              + " the authority that the nodes' status names",
          followed.map(Peer::toString).orElse("?"),
          receipt);
      gapsInARow = 0;
      failed = true;
      later(AFTER_USELESS, this::ask);
      return;
    }
    if (receipt instanceof Receipt.Taken) {
      usefulNanos = ticker.read();
    }
    boolean more = !(receipt instanceof Receipt.Known);
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

  private void work(Runnable step) {
    try {
      work.execute(() -> guarded(step));
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
