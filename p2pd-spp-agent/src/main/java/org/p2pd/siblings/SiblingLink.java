package org.p2pd.siblings;

import org.p2pd.cluster.Member;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.NodeId;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.SecretHolder;
import org.p2pd.spp.client.SppClient;

/** All that this node has to do with one sibling, while it is in view. Thread-safe. */
final class SiblingLink implements AutoCloseable {

  private final Member member;
  private final Peer peer;
  private final SiblingSource source;
  private final HoldingsLink holdings;

  private SiblingLink(Member member, Peer peer, SiblingSource source, HoldingsLink holdings) {
    this.member = member;
    this.peer = peer;
    this.source = source;
    this.holdings = holdings;
  }

  static SiblingLink to(
      Member member,
      NodeId self,
      SppClient client,
      SecretHolder secret,
      KnownHoldings known,
      HoldingsLink.World world) {
    Peer peer = client.peer(member.address(), secret, member.id());
    SiblingLink link =
        new SiblingLink(
            member,
            peer,
            new SiblingSource(member.id(), peer, self, known),
            new HoldingsLink(member.id(), peer, known, world));
    link.holdings.begin();
    return link;
  }

  /** The same link to a node of which more is known now. */
  SiblingLink as(Member now) {
    return new SiblingLink(now, peer, source, holdings);
  }

  Member member() {
    return member;
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
