package org.p2pd.upstream;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.p2pd.fetch.BlockSource;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The link to a mirror, another server with identical content: asks now and then whether it is
 * there, which keeps the connections warm, and is a source of blocks while it is. It never tells of
 * titles. Its loop runs on the scheduler's one thread.
 */
final class MirrorLink {

  private static final Logger LOG = LoggerFactory.getLogger(MirrorLink.class);
  private static final Duration WELL = Duration.ofSeconds(10);

  private final Peer peer;
  private final ScheduledExecutorService loop;
  private final LinkListener listener;
  private final SppSource source;
  private volatile boolean usable;

  /** Confined to the loop: whether anything was heard yet; a first silence is told too. */
  private boolean heardBefore;

  private volatile boolean closed;

  MirrorLink(Peer peer, Upstream.World world) {
    this.peer = peer;
    this.loop = world.loop();
    this.listener = world.listener();
    this.source =
        SppSource.of(peer, BlockSource.Relation.MIRROR, world.self(), () -> usable, report -> {});
  }

  BlockSource source() {
    return source;
  }

  NodeAddress address() {
    return peer.address();
  }

  void begin() {
    later(Duration.ZERO, this::ask);
  }

  private void ask() {
    if (closed) {
      return;
    }
    CompletableFuture<?> unused =
        CompletableFuture.allOf(
            peer.ask(ControlRequest.get("/node"))
                .thenAccept(reply -> later(Duration.ZERO, () -> heard(reply))),
            peer.ask(ControlRequest.get("/node").overBulk()));
    later(WELL, this::ask);
  }

  private void heard(Reply reply) {
    boolean now = reply instanceof Reply.Answer answer && answer.status() == 200;
    if (closed || (heardBefore && now == usable)) {
      return;
    }
    boolean changed = now != usable;
    heardBefore = true;
    usable = now;
    if (now) {
      LOG.info("mirror {} answers", peer.address());
    } else {
      LOG.warn(
          "mirror {} does not answer ({}): check -l, that p2pd runs there with the same secret, and"
              + " that the network lets port {} through; it is asked again every {} s",
          peer.address(),
          reason(reply),
          peer.address().port(),
          WELL.toSeconds());
    }
    if (changed) {
      listener.sourcesChanged();
    }
  }

  private static String reason(Reply reply) {
    if (reply instanceof Reply.Failed failed) {
      return failed.detail();
    }
    Reply.Answer answer = (Reply.Answer) reply;
    return "status "
        + answer.status()
        + answer.error().map(error -> ", " + error.code()).orElse("");
  }

  private void later(Duration pause, Runnable step) {
    try {
      ScheduledFuture<?> unused = loop.schedule(step, pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      closed = true; // the loop ends: so does the link
    }
  }

  void close() {
    closed = true;
    usable = false;
  }
}
