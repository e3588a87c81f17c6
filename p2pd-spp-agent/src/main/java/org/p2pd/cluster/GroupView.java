package org.p2pd.cluster;

import java.util.List;
import java.util.Optional;
import org.p2pd.model.NodeId;

/**
 * Who of a group is alive, as one of its members sees it. Immutable. Members see different views
 * for a while; their order means nothing.
 *
 * @param number counts the views that this node has seen, from 1; 0 before it has joined
 * @param group the node id of the group's parent, which is its name
 * @param others the members that are not this node, at most one for each id
 */
public record GroupView(long number, NodeId group, List<Member> others) {

  public GroupView {
    others = List.copyOf(others);
  }

  /** What is seen before joining has come to an end. */
  public static GroupView none(NodeId group) {
    return new GroupView(0, group, List.of());
  }

  /** Whether joining has come to an end. A wrong secret, too, ends in a view without others. */
  public boolean joined() {
    return number > 0;
  }

  public boolean contains(NodeId id) {
    return member(id).isPresent();
  }

  public Optional<Member> member(NodeId id) {
    return others.stream().filter(other -> other.id().equals(id)).findFirst();
  }
}
