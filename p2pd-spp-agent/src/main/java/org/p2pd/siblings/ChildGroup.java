package org.p2pd.siblings;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;

/**
 * The group of this node's own children. A parent joins it when the first child asks for it, at the
 * address at which that child reached it, or at its next start, where it answered last.
 * Thread-safe.
 */
final class ChildGroup {

  private final Groups groups;
  private final NodeId self;
  private final NodeFacts.Role role;
  private final OwnHost host;
  private final RememberedPeers remembered;
  private final Consumer<NodeId> left;

  private volatile List<Member> children = List.of();
  private volatile Optional<String> reachedAs = Optional.empty();

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
      Consumer<NodeId> left) {
    this.groups = groups;
    this.self = self;
    this.role = role;
    this.host = host;
    this.remembered = remembered;
    this.left = left;
  }

  /**
   * Looks for the children of last time: they may be waiting for a parent that has come back, at
   * another address even.
   */
  void begin() {
    List<Member> known = remembered.members();
    if (known.isEmpty()) {
      return;
    }
    CompletableFuture<?> unused =
        host.towards(known.get(0).address())
            .thenAccept(
                at -> {
                  if (reachedAs.isEmpty()) {
                    take(at);
                  }
                });
  }

  private void take(String at) {
    reachedAs = Optional.of(at);
    groups.take(Groups.Which.OF_CHILDREN, self, at, remembered.seeds());
  }

  /** What to tell a child that reached this node there; joins the group if that was not done. */
  GroupMembers told(InetAddress reachedAt, int httpPort, String contextPath) {
    if (reachedAs.isEmpty()) {
      take(host.reachedAt(reachedAt));
    }
    String at = reachedAs.orElseGet(() -> host.reachedAt(reachedAt));
    List<GroupMembers.Entry> members = new ArrayList<>();
    members.add(
        new GroupMembers.Entry(
            self, role, new NodeAddress(at, httpPort, contextPath), groups.port()));
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
