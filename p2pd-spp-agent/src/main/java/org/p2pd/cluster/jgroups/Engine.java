package org.p2pd.cluster.jgroups;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.PhysicalAddress;
import org.jgroups.Receiver;
import org.jgroups.View;
import org.jgroups.protocols.FRAG2;
import org.jgroups.protocols.MERGE3;
import org.jgroups.protocols.MFC;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UFC;
import org.jgroups.protocols.UNICAST3;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.protocols.pbcast.NAKACK2;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.IpAddress;
import org.jgroups.stack.Protocol;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;

/**
 * One life of this node in one group, from one joining to one leaving. Every number here was
 * measured: {@code docs/design/009-cluster.md}.
 */
final class Engine {

  /** How long the group's parent waits for others before it is there alone. */
  private static final int PARENT_JOIN_MILLIS = 500;

  private static final int JOIN_MILLIS = 3_000;

  /** With several places to ask, one of them answers soon if any does. */
  private static final int JOIN_MILLIS_WITH_SEEDS = 1_000;

  private static final int MAX_MESSAGE_BYTES = 1_000_000;
  private static final int MAX_KNOWN_PLACES = 256;

  private final JChannel channel;
  private final TCPPING discovery;
  private final GMS gms;
  private final Self self;
  private final ProvenMembers members;

  /**
   * This node in the group.
   *
   * @param member it, as the others are to reach it; its host is the address's text
   * @param key its own
   */
  record Self(Member member, InetAddress address, NodeId group, NodeKey key) {

    private NodeId id() {
      return member.id();
    }

    private IpAddress place() {
      return new IpAddress(address, member.clusterPort());
    }
  }

  private Engine(JChannel channel, TCPPING discovery, GMS gms, Self self, ProvenMembers members) {
    this.channel = channel;
    this.discovery = discovery;
    this.gms = gms;
    this.self = self;
    this.members = members;
  }

  /**
   * Makes it; nothing is sent yet.
   *
   * @param views is told every view and in which life it was seen, on a thread that must not be
   *     held up
   */
  static Engine of(
      Self self,
      List<? extends PhysicalAddress> seeds,
      ClusterPort port,
      BiConsumer<Engine, View> views)
      throws Exception {
    TCPPING discovery = discovery();
    GMS gms = new GMS().printLocalAddress(false).setJoinTimeout(joinMillis(self, seeds));
    ProvenMembers members = new ProvenMembers(self.group, self.address);
    GroupSockets sockets = new GroupSockets(port, self.group, self.address);
    List<Protocol> protocols =
        List.of(
            transport(self, sockets, members),
            discovery,
            new MERGE3().setMaxInterval(3_000).setMinInterval(1_000),
            new SizedFailureDetection(),
            new SteadyVerification().setTimeout(400),
            new NAKACK2().useMcastXmit(false),
            new UNICAST3(),
            new STABLE().setDesiredAverageGossip(30_000).setMaxBytes(1_000_000),
            gms,
            new UFC().setMaxCredits(1_000_000),
            new MFC().setMaxCredits(1_000_000),
            new FRAG2().setFragSize(60_000));
    discovery.setInitialHosts2(withSelf(seeds, self));
    JChannel channel = new JChannel(protocols);
    channel.setName(self.id().toString().substring(0, 8)); // it would ask a name server otherwise
    channel.addAddressGenerator(
        () -> MemberAddress.of(self.member, self.group, self.key, System.currentTimeMillis()));
    Engine engine = new Engine(channel, discovery, gms, self, members);
    channel.setReceiver(
        new Receiver() {
          @Override
          public void viewAccepted(View view) {
            views.accept(engine, view);
          }
        });
    return engine;
  }

  private static int joinMillis(Self self, List<?> seeds) {
    if (self.group.equals(self.id())) {
      return PARENT_JOIN_MILLIS;
    }
    return seeds.size() > 1 ? JOIN_MILLIS_WITH_SEEDS : JOIN_MILLIS;
  }

  private static TCP transport(Self self, GroupSockets sockets, ProvenMembers members) {
    TCP tcp = new MemberTransport(members);
    tcp.setBindAddress(self.address).setBindPort(self.member.clusterPort()).setPortRange(0);
    tcp.setSocketFactory(sockets);
    tcp.deferClientBindAddr(true); // the port binds
    tcp.setSockConnTimeout(500).setPeerAddrReadTimeout(500).tcpNodelay(true);
    tcp.enableSuspectEvents(true).logDetails(false).setMaxLength(MAX_MESSAGE_BYTES);
    tcp.setBundlerType("transfer-queue");
    tcp.useVirtualThreads(false);
    tcp.setThreadFactory(new EngineThreads());
    tcp.threadNamingPattern("");
    tcp.getThreadPool().setMinThreads(0).setMaxThreads(32);
    return tcp;
  }

  private static TCPPING discovery() {
    TCPPING discovery = new TCPPING();
    discovery.setPortRange(0);
    discovery.asyncDiscovery(true).asyncDiscoveryUseSeparateThread(true).returnEntireCache(true);
    discovery.numDiscoveryRuns(3); // one that begins at the same moment answers the next
    discovery.setValue("max_dynamic_hosts", MAX_KNOWN_PLACES);
    return discovery;
  }

  /** The engine leaves itself out of what it asks; a list with nobody else is still a list. */
  private static List<PhysicalAddress> withSelf(List<? extends PhysicalAddress> seeds, Self self) {
    List<PhysicalAddress> places = new ArrayList<>(seeds);
    places.add(self.place());
    return List.copyOf(places);
  }

  /** Joins; returns when there is a view, with others or without. */
  void join() throws Exception {
    channel.connect(self.group.toString());
  }

  /** Places at which members may be found from now on, in place of those before. */
  void seeds(List<? extends PhysicalAddress> seeds) {
    discovery.setInitialHosts2(withSelf(seeds, self));
  }

  /** The members that say who they are. */
  ProvenMembers members() {
    return members;
  }

  /** Whether that is this node in this life. */
  boolean isSelf(Address other) {
    return other.equals(channel.getAddress());
  }

  /**
   * Leaves and ends. The others are told, and 1 s is waited for their answer; a joining that is
   * under way is waited for, at most one of its steps.
   */
  void close() {
    gms.setMaxJoinAttempts(1);
    channel.close();
  }
}
