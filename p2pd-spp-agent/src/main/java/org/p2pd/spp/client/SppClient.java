package org.p2pd.spp.client;

import static org.p2pd.spp.NodeAddress.SPP;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.p2pd.model.NodeId;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SecretMessages;
import org.p2pd.spp.SppLimits;

/**
 * This node's asking half: its connections to all others. Thread-safe, never blocking. Its threads
 * are {@code p2pd-spp-urgent}, {@code p2pd-spp-bulk} and, for names, {@code p2pd-names}; {@link
 * #close} ends them.
 */
public final class SppClient implements AutoCloseable {

  private final ClientIdentity self;
  private final HttpLanes http;

  /**
   * Opens a client.
   *
   * @param timers runs time limits; never blocked by this client, and not closed with it
   */
  public SppClient(ClientIdentity self, ScheduledExecutorService timers) {
    this.self = self;
    this.http = new HttpLanes(self.settings(), timers);
  }

  /** The node at that address; nothing is sent before it is asked something. */
  public Peer peer(NodeAddress address, SecretHolder secrets) {
    return new Peer(http, self, address, secrets, Optional.empty());
  }

  /** That node at that address; with another one that answers there no session is opened. */
  public Peer peer(NodeAddress address, SecretHolder secrets, NodeId expected) {
    return new Peer(http, self, address, secrets, Optional.of(expected));
  }

  /**
   * Dials a node back that asked for the secret (docs/spp.md section 3.4); nothing if it does not
   * answer as it should, in time and size.
   */
  public CompletableFuture<Optional<SecretMessages.Introduced>> dialBack(
      InetAddress address, int port, String path, SecretMessages.Introduce introduction) {
    NodeAddress node = new NodeAddress(InetAddresses.toAddrString(address), port, path);
    HttpLanes.Call call =
        new HttpLanes.Call(
            "POST",
            SPP + "/introduction",
            Map.of("Connection", "close"),
            introduction.toJson().toBytes());
    return http.ask(
            HttpLanes.Lane.URGENT,
            node,
            call,
            SppLimits.DIAL_BACK_WITHIN,
            SppLimits.MAX_DIAL_BACK_BYTES)
        .handle((answer, failure) -> failure == null ? introduced(answer) : Optional.empty());
  }

  private static Optional<SecretMessages.Introduced> introduced(RawAnswer answer) {
    if (answer.status() != 200) {
      return Optional.empty();
    }
    try {
      return Optional.of(SecretMessages.Introduced.parse(JsonBody.parse(answer.body())));
    } catch (MalformedException e) {
      return Optional.empty(); // whoever answers there is no p2pd that asked
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
