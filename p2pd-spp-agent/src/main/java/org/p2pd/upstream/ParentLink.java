package org.p2pd.upstream;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p2pd.catalogue.Receipt;
import org.p2pd.catalogue.Shower;
import org.p2pd.fetch.BlockSource;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Report;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.client.Backoff;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to one parent: asks for news of the catalogue again and again, and knows from that
 * whether the parent can be asked for blocks. Its loop runs on the scheduler's one thread.
 *
 * <pre>
 *   ask ── news, or nothing new ──────────────→ ask, at once        (the parent is usable)
 *       ── no catalogue there, or not believed → ask, later          (usable, with a trouble)
 *       ── no answer, or refused ──────────────→ back off, ask       (not usable)
 * </pre>
 *
 * Sessions open and re-open by themselves when something is asked: a parent that comes back, also
 * with a new key or a new secret, is found by the next question.
 *
 * <p>A parent whose catalogue is refused goes on as a source of blocks: these prove themselves.
 */
final class ParentLink {

  private static final Logger LOG = LoggerFactory.getLogger(ParentLink.class);

  /**
   * How long the parent may keep a question for news open. Short, because a connection whose other
   * end is gone without a word is only noticed when this has passed.
   */
  static final Duration WAIT = Duration.ofSeconds(5);

  /** How often an idle link sends something over its connections, to keep them warm. */
  private static final Duration KEEP_WARM = Duration.ofSeconds(10);

  /** When a parent is asked again whose catalogue was refused. */
  private static final Duration AFTER_REFUSAL = Duration.ofSeconds(10);

  private static final Duration AFTER_TROUBLE = Duration.ofSeconds(1);

  /** Keeps a parent that answers "nothing new" without waiting from being asked in a loop. */
  private static final Duration LEAST_PAUSE = Duration.ofMillis(100);

  private final Peer peer;
  private final Optional<NodeId> expected;
  private final News catalogue;
  private final Shower shower;
  private final ScheduledExecutorService loop;
  private final Executor work;
  private final InstantSource clock;
  private final Backoff backoff;
  private final LinkListener listener;
  private final LeaseNotices leases;
  private final SppSource source;

  /** Written by the loop. */
  private volatile @Nullable LinkTrouble trouble;

  /** Written by the loop: whether the parent answered within a session the last time. */
  private volatile boolean usable;

  /** Confined to the loop. */
  private int gapsInARow;

  private volatile boolean closed;

  /**
   * A link to a parent that is not asked before {@link #begin}.
   *
   * @param expected who answers there; nothing: whoever does
   */
  ParentLink(
      Peer peer, boolean first, Optional<NodeId> expected, News catalogue, Upstream.World world) {
    this.peer = peer;
    this.expected = expected;
    this.catalogue = catalogue;
    this.shower = first ? Shower.PARENT : Shower.SIBLING;
    this.loop = world.loop();
    this.work = world.work();
    this.clock = world.clock();
    this.backoff = new Backoff(world.random());
    this.listener = world.listener();
    this.leases = new LeaseNotices(() -> usable, world.held(), this::tellOfLeases, this::later);
    this.source =
        new SppSource(
            peer,
            first ? BlockSource.Relation.PARENT : BlockSource.Relation.STAND_IN,
            world.self(),
            () -> usable,
            this::report,
            leases);
  }

  NodeAddress address() {
    return peer.address();
  }

  Peer peer() {
    return peer;
  }

  /** The parent as a source of blocks; it knows by itself whether it is usable. */
  BlockSource source() {
    return source;
  }

  boolean isUsable() {
    return usable;
  }

  /** What is wrong, as a sentence that says what to do. */
  Optional<String> problem() {
    return Optional.ofNullable(trouble).map(t -> t.sentence(peer.address()));
  }

  void begin() {
    later(Duration.ZERO, this::askForNews);
    schedule(KEEP_WARM, this::keepWarm);
  }

  /** No question follows; those under way end by themselves. */
  void close() {
    closed = true;
    usable = false;
  }

  private void askForNews() {
    String cursor = catalogue.cursor().toString();
    Map<String, String> headers =
        catalogue
            .newestHeader()
            .map(newest -> Map.of(SppHeaders.NEWEST, SppHeaders.bytes(newest)))
            .orElse(Map.of());
    long askedAt = System.nanoTime();
    CompletableFuture<?> unused =
        peer.ask(ControlRequest.catalogue(cursor, headers, WAIT))
            .thenAccept(reply -> later(Duration.ZERO, () -> heard(reply, askedAt)));
  }

  private void heard(Reply reply, long askedAtNanos) {
    if (reply instanceof Reply.Failed failed) {
      LinkTrouble.Kind kind = LinkTrouble.Kind.of(failed.trouble());
      troubled(kind, failed.detail(), false);
      later(kind == LinkTrouble.Kind.ONESELF ? AFTER_REFUSAL : backoff.next(), this::askForNews);
      return;
    }
    Reply.Answer answer = (Reply.Answer) reply;
    if (expected.isPresent() && !expected.equals(peer.key().map(PublicKey::id))) {
      troubled(LinkTrouble.Kind.NOT_NOW, "another node answers there", false);
      later(AFTER_REFUSAL, this::askForNews);
      return;
    }
    switch (answer.status()) {
      case 200 -> work.execute(guarded(() -> take(answer)));
      case 204 -> {
        well();
        boolean waited = System.nanoTime() - askedAtNanos >= LEAST_PAUSE.toNanos();
        later(waited ? Duration.ZERO : LEAST_PAUSE, this::askForNews);
      }
      default -> refused(answer);
    }
  }

  private void refused(Reply.Answer answer) {
    SppError error = answer.error().orElse(SppError.BUSY);
    switch (error) {
      case NOT_SHARED -> troubled(LinkTrouble.Kind.NOT_SHARED, "", false);
      case NOT_SYNCED -> troubled(LinkTrouble.Kind.NOT_SYNCED, "", true);
      default ->
          troubled(LinkTrouble.Kind.NOT_NOW, "it answers " + answer.status() + " " + error, false);
    }
    later(error == SppError.NOT_SYNCED ? AFTER_TROUBLE : backoff.next(), this::askForNews);
  }

  /** Not in the loop: news are verified and written to disk. */
  private void take(Reply.Answer answer) {
    Optional<PublicKey> authority =
        Optional.ofNullable(answer.headers().get(SppHeaders.AUTHORITY))
            .flatMap(PublicKey::ofBase64Url);
    Receipt receipt = catalogue.take(authority, answer.body(), shower);
    later(Duration.ZERO, () -> taken(receipt));
  }

  private void taken(Receipt receipt) {
    if (receipt instanceof Receipt.Refused refused) {
      troubled(
          LinkTrouble.Kind.CATALOGUE_REFUSED, refused.reason() + ": " + refused.detail(), true);
      later(AFTER_REFUSAL, this::askForNews);
      return;
    }
    well();
    gapsInARow = receipt instanceof Receipt.Gap ? gapsInARow + 1 : 0;
    Duration pause = receipt instanceof Receipt.Known ? LEAST_PAUSE : Duration.ZERO;
    later(gapsInARow > 1 ? AFTER_REFUSAL : pause, this::askForNews);
  }

  private void well() {
    backoff.reset();
    LinkTrouble before = trouble;
    trouble = null;
    if (before != null) {
      LOG.info("parent {} is well again", peer.address());
    } else if (!usable) {
      LOG.info("parent {} answers", peer.address());
    }
    becomes(true);
  }

  private void troubled(LinkTrouble.Kind kind, String detail, boolean blocks) {
    LinkTrouble before = trouble;
    if (before == null || before.kind() != kind) {
      LinkTrouble now = new LinkTrouble(kind, detail, clock.instant(), blocks);
      trouble = now;
      LOG.warn("{}", now.sentence(peer.address()));
    }
    becomes(blocks);
  }

  private void becomes(boolean nowUsable) {
    if (usable != nowUsable && !closed) {
      usable = nowUsable;
      listener.sourcesChanged();
    }
  }

  /** Not one of the steps of which each leads to the next question for news. */
  private void keepWarm() {
    schedule(KEEP_WARM, this::keepWarm);
    if (usable) {
      CompletableFuture<?> unused =
          CompletableFuture.allOf(
              peer.ask(ControlRequest.get("/node")),
              peer.ask(ControlRequest.get("/node").overBulk()));
    }
  }

  /** A step failed, in a way that nobody foresaw. In the loop. */
  private void failed(String cause) {
    troubled(LinkTrouble.Kind.FAILED, cause, true);
    later(backoff.next(), this::askForNews);
  }

  /** Tells the parent something, once; whether it heard does not matter. */
  void report(Report report) {
    CompletableFuture<?> unused =
        peer.ask(ControlRequest.post("/reports", report.toJson().toBytes()))
            .thenAccept(reply -> LOG.debug("{} to {}: {}", report, peer.address(), reply));
  }

  /** These bytes are not held any more, which the parent may count on. */
  void evicted(EditionId edition, ByteRange range) {
    leases.evicted(edition, range);
  }

  private void tellOfLeases(EditionId edition, LeaseNotice notice) {
    CompletableFuture<?> unused =
        peer.ask(ControlRequest.leases(edition, notice.held(), notice.gone()))
            .thenAccept(reply -> LOG.debug("{} to {}: {}", notice, peer.address(), reply));
  }

  private void later(Duration pause, Runnable step) {
    schedule(pause, guarded(step));
  }

  private void schedule(Duration pause, Runnable task) {
    if (closed) {
      return;
    }
    try {
      ScheduledFuture<?> unused = loop.schedule(task, pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      closed = true; // the loop ends: so does the link
    }
  }

  /**
   * A step that fails must not end the link. It is not taken again, for it may fail for ever: what
   * led to it is asked anew, after a pause.
   */
  private Runnable guarded(Runnable step) {
    return () -> {
      if (closed) {
        return;
      }
      try {
        step.run();
      } catch (RuntimeException e) {
        LinkTrouble known = trouble;
        if (known == null || known.kind() != LinkTrouble.Kind.FAILED) {
          LOG.error("a step of the link to parent {} failed", peer.address(), e);
        }
        later(Duration.ZERO, () -> failed(e.toString()));
      }
    };
  }

  @Override
  public String toString() {
    return "link to " + peer.address();
  }
}
