package org.p2pd.spp.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.util.TimeValue;
import org.p2pd.content.Urgency;
import org.p2pd.spp.NodeAddress;

/**
 * Asks one node for blocks: waits for a session and for a connection, tries again what the node did
 * not get to hear. Thread-safe.
 */
final class BlockAsker {

  private final HttpLanes http;
  private final NodeAddress address;
  private final PeerSession session;
  private final LaneQueue urgent;
  private final LaneQueue bulk;
  private final Duration silentFor;

  BlockAsker(
      HttpLanes http,
      NodeAddress address,
      PeerSession session,
      LaneQueue urgent,
      LaneQueue bulk,
      Duration silentFor) {
    this.http = http;
    this.address = address;
    this.session = session;
    this.urgent = urgent;
    this.bulk = bulk;
    this.silentFor = silentFor;
  }

  /** How often a question may still be asked. */
  private record Tries(int sessions, int connections) {
    static final Tries FIRST = new Tries(2, HttpLanes.MAX_TRIES);

    Tries inANewSession() {
      return new Tries(sessions - 1, connections);
    }

    Tries overANewConnection() {
      return new Tries(sessions, connections - 1);
    }
  }

  void fetch(BlockTransfer transfer) {
    fetch(transfer, Tries.FIRST);
  }

  private void fetch(BlockTransfer transfer, Tries tries) {
    CompletableFuture<?> unused =
        session
            .opened()
            .thenAccept(
                result -> {
                  if (result instanceof Opening.Open open) {
                    fetch(transfer, open.session(), tries);
                  } else {
                    transfer.end(endOf((Opening.Failed) result));
                  }
                })
            .exceptionally(
                failure -> {
                  transfer.end(new BlockEnd.Lost(Peer.reasonOf(failure)));
                  return null;
                });
  }

  private static BlockEnd endOf(Opening.Failed failed) {
    String detail = failed.detail();
    return switch (failed.trouble()) {
      case UNREACHABLE, CLOSED -> new BlockEnd.Lost(detail);
      case NOT_NOW -> new BlockEnd.Busy(RefusalTable.LATER);
      default -> new BlockEnd.Refused(detail);
    };
  }

  private void fetch(BlockTransfer transfer, ClientSession standing, Tries tries) {
    boolean isBulk = transfer.question().urgency() != Urgency.PLAY_HEAD;
    (isBulk ? bulk : urgent)
        .submit(
            ended -> {
              if (transfer.hasEnded()) {
                ended.run();
                return;
              }
              BlockQuestion question = transfer.question();
              ClientSession.Signed signed =
                  standing.sign("GET", question.target(), question.headers(), new byte[0]);
              BlockConsumer consumer = new BlockConsumer(transfer, standing, signed);
              transfer.carriedBy(
                  http.send(
                      Peer.lane(isBulk),
                      address,
                      signed.call(),
                      TimeValue.of(silentFor),
                      consumer,
                      new WhenEnded(transfer, standing, signed, consumer, tries, ended)),
                  consumer);
            },
            failure -> transfer.end(new BlockEnd.Lost(Peer.reasonOf(failure))));
  }

  /** Hears the end of one try's HTTP exchange. */
  private final class WhenEnded implements FutureCallback<RawAnswer> {
    private final BlockTransfer transfer;
    private final ClientSession standing;
    private final ClientSession.Signed signed;
    private final BlockConsumer consumer;
    private final Tries tries;
    private final Runnable ended;

    WhenEnded(
        BlockTransfer transfer,
        ClientSession standing,
        ClientSession.Signed signed,
        BlockConsumer consumer,
        Tries tries,
        Runnable ended) {
      this.transfer = transfer;
      this.standing = standing;
      this.signed = signed;
      this.consumer = consumer;
      this.tries = tries;
      this.ended = ended;
    }

    @Override
    public void completed(RawAnswer answer) {
      ended.run();
      if (transfer.hasEnded()) {
        return; // a 206 to its end
      }
      PeerSession.Judged judged = session.judge(standing, signed, answer);
      if (judged.again() && tries.sessions() > 1) {
        fetch(transfer, tries.inANewSession());
        return;
      }
      transfer.end(RefusalTable.endOf(transfer.question(), standing.peer().id(), judged.reply()));
    }

    @Override
    public void failed(Exception cause) {
      ended.run();
      if (!transfer.hasEnded()
          && !consumer.headSeen()
          && tries.connections() > 1
          && HttpLanes.connectionDied(cause)) {
        http.afterAMoment(() -> fetch(transfer, tries.overANewConnection()));
        return;
      }
      transfer.end(new BlockEnd.Lost(Peer.reasonOf(cause)));
    }

    @Override
    public void cancelled() {
      ended.run();
      transfer.end(new BlockEnd.Lost("given up"));
    }
  }
}
