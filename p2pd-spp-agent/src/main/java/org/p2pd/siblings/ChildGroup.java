package org.p2pd.siblings;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;

/**
 * The group of this node's own children. It is joined at once, as far as this node can tell how it
 * is reached; the first child that asks shows whether that was right. That host stays while any
 * child reaches this node there: another one is another membership. Thread-safe.
 */
final class ChildGroup {

  /** A host at which nobody has asked for so long works no more; children ask once a minute. */
  static final Duration UNUSED = Duration.ofMinutes(3);

  private final Groups groups;
  private final NodeId self;
  private final NodeFacts.Role role;
  private final OwnHost host;
  private final RememberedPeers remembered;
  private final Consumer<NodeId> left;
  private final Ticker ticker;

  private volatile List<Member> children = List.of();
  private volatile String reachedAs = "";

  /** A child has reached this node as that. */
  @GuardedBy("this")
  private boolean confirmed;

  /** When a child last did. */
  @GuardedBy("this")
  private long reachedNanos;

  /**
   * The group of the node's children.
   *
   * @param left hears of children that are not in view any more; must not wait
   */
  ChildGroup(
      Groups groups,
      NodeId self,
      NodeFacts.Role role,
      OwnHost host,
      RememberedPeers remembered,
      Consumer<NodeId> left,
      Ticker ticker) {
    this.groups = groups;
    this.self = self;
    this.role = role;
    this.host = host;
    this.remembered = remembered;
    this.left = left;
    this.ticker = ticker;
  }

  /** Joins, so that the children of last time find their parent again, at another address even. */
  void begin() {
    String likely = host.likely();
    synchronized (this) {
      if (!confirmed) {
        take(likely);
      }
    }
  }

  private synchronized void reached(String at) {
    long now = ticker.read();
    if (!at.equals(reachedAs) && !mayFollow(at, now)) {
      return;
    }
    if (!at.equals(reachedAs)) {
      take(at);
    }
    confirmed = true;
    reachedNanos = now;
  }

  /** A child on the same machine shows nothing to the others: their word replaces its. */
  @GuardedBy("this")
  private boolean mayFollow(String at, long now) {
    if (!confirmed) {
      return true;
    }
    boolean works = !isLoopback(reachedAs) && now - reachedNanos < UNUSED.toNanos();
    return !works && !isLoopback(at);
  }

  private static boolean isLoopback(String host) {
    return InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress();
  }

  private void take(String at) {
    reachedAs = at;
    groups.take(Groups.Which.OF_CHILDREN, self, at, remembered.seeds());
  }

  /** What to tell a child that reached this node there, where it therefore is for that child. */
  GroupMembers told(InetAddress reachedAt, int httpPort, String contextPath) {
    String at = host.reachedAt(reachedAt);
    reached(at);
    String told = isLoopback(at) ? reachedAs : at;
    List<GroupMembers.Entry> members = new ArrayList<>();
    members.add(
        new GroupMembers.Entry(
            self, role, new NodeAddress(told, httpPort, contextPath), groups.port()));
    children.forEach(child -> members.add(Entries.of(child)));
    return new GroupMembers(self, List.of(), Entries.atMost(members));
  }

  void changed(GroupView view) {
    List<Member> before = children;
    children = view.others();
    remembered.saw(view);
    before.stream().map(Member::id).filter(id -> !view.contains(id)).forEach(left);
  }

  /** Where a child answers that is alive. */
  Optional<NodeAddress> alive(NodeId child) {
    for (Member member : children) {
      if (member.id().equals(child)) {
        return Optional.of(member.address());
      }
    }
    return Optional.empty();
  }

  List<Member> members() {
    return children;
  }
}
