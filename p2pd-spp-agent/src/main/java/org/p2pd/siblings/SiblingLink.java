package org.p2pd.siblings;

import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.NodeId;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.SecretHolder;
import org.p2pd.spp.client.SppClient;

/**
 * All that this node has to do with one sibling, while it is in view or referred to. Thread-safe.
 */
final class SiblingLink implements AutoCloseable {

  private final Sibling sibling;
  private final Peer peer;
  private final SiblingSource source;
  private final HoldingsLink holdings;

  private SiblingLink(Sibling sibling, Peer peer, SiblingSource source, HoldingsLink holdings) {
    this.sibling = sibling;
    this.peer = peer;
    this.source = source;
    this.holdings = holdings;
  }

  static SiblingLink to(
      Sibling sibling,
      NodeId self,
      SppClient client,
      SecretHolder secret,
      KnownHoldings known,
      HoldingsLink.World world) {
    Peer peer = client.peer(sibling.address(), secret, sibling.id());
    SiblingLink link =
        new SiblingLink(
            sibling,
            peer,
            new SiblingSource(sibling.id(), peer, self, known),
            new HoldingsLink(sibling.id(), peer, known, world));
    link.holdings.begin();
    return link;
  }

  Sibling sibling() {
    return sibling;
  }

  Peer peer() {
    return peer;
  }

  SiblingSource source() {
    return source;
  }

  @Override
  public void close() {
    holdings.close();
    source.close();
  }
}
