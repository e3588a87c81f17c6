package org.p2pd.siblings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;
import org.p2pd.spp.client.Backoff;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps asking one sibling what it holds: always its digest, and the blocks of the editions that
 * {@link KnownHoldings} wants to know of it. One question at a time waits at the sibling; when
 * other editions are to be asked about, a new question takes its place.
 *
 * <pre>
 *   ask ── news ───────────────────────────────→ take it (on a work thread) → ask
 *       ── nothing new ────────────────────────→ ask
 *       ── other editions wanted ──────────────→ ask anew; what the first question brings is dropped
 *       ── no answer, or refused ──────────────→ back off, ask
 *       ── it is about to stop, or talks rot ──→ forget all it said, ask later, from the beginning
 * </pre>
 *
 * All but the taking of news runs on the scheduler's one thread, and nothing else is done while
 * news is being taken.
 */
public final class HoldingsLink implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HoldingsLink.class);

  /** How long the sibling may keep a question open; see the link to a parent for why no longer. */
  static final Duration WAIT = Duration.ofSeconds(5);

  /** Keeps a sibling that answers without waiting from being asked in a loop. */
  static final Duration LEAST_PAUSE = Duration.ofMillis(100);

  /** So many parts of one answer are asked for without that pause. */
  static final int MOST_AT_ONCE = 32;

  /** Wishes that come together are one. */
  private static final Duration GATHER_WISHES = Duration.ofMillis(50);

  /** So many questions may be open at the sibling, those that were replaced included. */
  private static final int MOST_OPEN = 2;

  private static final Duration AFTER_ROT = Duration.ofSeconds(10);
  private static final Duration AFTER_NOT_OFFERED = Duration.ofSeconds(60);

  private final NodeId sibling;
  private final Peer peer;
  private final World world;
  private final KnownHoldings.Claims claims;
  private final Backoff backoff;
  private final AtomicBoolean wishesChanged = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * Confined to the loop, as all that follows. Replaced when the sibling is to be heard from the
   * beginning.
   */
  private Subscriptions subscriptions;

  /** Which question counts; 0 while none does. */
  private long current;

  private long lastNumber;
  private int open;
  private long askedNanos;
  private int atOnce;

  /** Why it was to be heard from the beginning, until it told something again. */
  private String troubledBy = "";

  /**
   * What links run on.
   *
   * @param loop one thread for all links, which never waits; not closed with them
   * @param work where news is taken
   * @param blockSize this node's own
   */
  public record World(
      ScheduledExecutorService loop,
      Executor work,
      Ticker ticker,
      RandomGenerator random,
      BlockSize blockSize) {}

  /** A link, which asks nothing before {@link #begin}. */
  public HoldingsLink(NodeId sibling, Peer peer, KnownHoldings known, World world) {
    this.sibling = sibling;
    this.peer = peer;
    this.world = world;
    this.backoff = new Backoff(world.random());
    this.claims = known.join(sibling, this::wishesChanged);
    this.subscriptions = fromTheBeginning();
  }

  private Subscriptions fromTheBeginning() {
    return new Subscriptions(claims, world.blockSize(), world.ticker());
  }

  public void begin() {
    later(Duration.ZERO, this::ask);
  }

  /** Nothing that the sibling said counts any more, and no question follows. */
  @Override
  public void close() {
    closed = true;
    claims.close();
  }

  // ---- asking ---------------------------------------------------------------------------------

  private void ask() {
    Subscriptions.Asked asked = subscriptions.next(WAIT);
    long number = ++lastNumber;
    current = number;
    open++;
    askedNanos = world.ticker().read();
    CompletableFuture<?> unused =
        peer.ask(ControlRequest.holdings(asked.question()))
            .thenAccept(reply -> later(Duration.ZERO, () -> heard(number, asked, reply)));
  }

  /** Any thread. */
  private void wishesChanged() {
    if (wishesChanged.compareAndSet(false, true)) {
      later(GATHER_WISHES, this::askAnewIfNeedBe);
    }
  }

  private void askAnewIfNeedBe() {
    wishesChanged.set(false);
    // Without a question that waits, the next one asks what is wanted by then.
    if (current != 0 && open < MOST_OPEN && subscriptions.wantsOther()) {
      ask();
    }
  }

  // ---- hearing --------------------------------------------------------------------------------

  private void heard(long number, Subscriptions.Asked asked, Reply reply) {
    open--;
    if (number != current) {
      // Replaced: the later question brings the same news. There is room for one more, which may
      // have been wanted since.
      askAnewIfNeedBe();
      return;
    }
    current = 0;
    if (reply instanceof Reply.Failed failed) {
      LOG.debug("{} does not tell what it holds: {}", this, failed);
      later(backoff.next(), this::ask);
      return;
    }
    Reply.Answer answer = (Reply.Answer) reply;
    if (!isTheSibling()) {
      rot("another node answers there");
      return;
    }
    switch (answer.status()) {
      case 200 -> {
        backoff.reset();
        work(() -> take(asked, answer));
      }
      case 204 -> {
        backoff.reset();
        askAgain(false);
      }
      default -> refused(answer);
    }
  }

  private boolean isTheSibling() {
    return peer.key().map(key -> key.id().equals(sibling)).orElse(true);
  }

  private void refused(Reply.Answer answer) {
    SppError error = answer.error().orElse(SppError.BUSY);
    LOG.debug("{} does not tell what it holds: {}", this, error);
    if (error == SppError.UNKNOWN_RESOURCE || error == SppError.CLOSING) {
      forget();
    }
    later(error == SppError.UNKNOWN_RESOURCE ? AFTER_NOT_OFFERED : backoff.next(), this::ask);
  }

  /** Not in the loop: there may be a MiB of it. */
  private void take(Subscriptions.Asked asked, Reply.Answer answer) {
    try {
      List<HoldingsAnswer.Part> parts =
          HoldingsAnswer.parse(answer.body(), asked.question(), asked.editions());
      boolean more = asked.of().take(asked, parts);
      later(Duration.ZERO, () -> askAgain(more));
    } catch (MalformedException e) {
      later(Duration.ZERO, () -> rot(String.valueOf(e.getMessage())));
    }
  }

  private void askAgain(boolean more) {
    troubledBy = "";
    atOnce = more ? atOnce + 1 : 0;
    if (more && atOnce < MOST_AT_ONCE) {
      ask();
      return;
    }
    long passed = world.ticker().read() - askedNanos;
    long left = LEAST_PAUSE.toNanos() - passed;
    later(left > 0 ? Duration.ofNanos(left) : Duration.ZERO, this::ask);
  }

  /** What comes from there makes no sense: nothing of it is believed, and there is a pause. */
  private void rot(String reason) {
    if (!reason.equals(troubledBy)) {
      LOG.warn(
          "what {} told counts no more: {}; it is heard from the beginning in {} s",
          this,
          reason,
          AFTER_ROT.toSeconds());
      troubledBy = reason;
    }
    forget();
    later(AFTER_ROT, this::ask);
  }

  /** What it said counts no more; it is heard from the beginning. */
  private void forget() {
    claims.restart();
    subscriptions = fromTheBeginning();
  }

  // ---- the loop -------------------------------------------------------------------------------

  private void later(Duration pause, Runnable step) {
    if (closed) {
      return;
    }
    try {
      ScheduledFuture<?> unused =
          world.loop().schedule(guarded(step), pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      close(); // the loop ends: so does the link
    }
  }

  private void work(Runnable step) {
    try {
      world.work().execute(guarded(step));
    } catch (RejectedExecutionException e) {
      close(); // the node ends
    }
  }

  /** A step that fails must not end the link: the sibling is asked from the beginning. */
  private Runnable guarded(Runnable step) {
    return () -> {
      if (closed) {
        return;
      }
      try {
        step.run();
      } catch (RuntimeException e) {
        LOG.error("{} failed and goes on", this, e);
        later(AFTER_ROT, () -> rot(e.toString()));
      }
    };
  }

  @Override
  public String toString() {
    return "holdings of " + peer;
  }
}
