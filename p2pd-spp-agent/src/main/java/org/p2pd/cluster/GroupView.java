package org.p2pd.cluster;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.p2pd.model.NodeId;

/**
 * Who of a group is alive, as one of its members sees it. Immutable. Members see different views
 * for a while; their order means nothing.
 */
public final class GroupView {

  /** The most members of a group that a node takes note of, itself left out. */
  public static final int MAX_OTHERS = 256;

  private final long number;
  private final NodeId group;
  private final List<Member> others;
  private final Map<NodeId, Member> byId = new LinkedHashMap<>();

  /**
   * A view.
   *
   * @param number counts the views that this node has seen, from 1; 0 before it has joined
   * @param group the node id of the group's parent, which is its name
   * @param others the members that are not this node, at most one for each id
   */
  public GroupView(long number, NodeId group, Collection<Member> others) {
    this.number = number;
    this.group = group;
    this.others = List.copyOf(others);
    this.others.forEach(member -> byId.putIfAbsent(member.id(), member));
  }

  /** What is seen before joining has come to an end. */
  public static GroupView none(NodeId group) {
    return new GroupView(0, group, List.of());
  }

  public long number() {
    return number;
  }

  public NodeId group() {
    return group;
  }

  public List<Member> others() {
    return others;
  }

  /** Whether joining has come to an end. A wrong secret, too, ends in a view without others. */
  public boolean joined() {
    return number > 0;
  }

  public boolean contains(NodeId id) {
    return byId.containsKey(id);
  }

  public Optional<Member> member(NodeId id) {
    return Optional.ofNullable(byId.get(id));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GroupView that
        && number == that.number
        && group.equals(that.group)
        && others.equals(that.others);
  }

  @Override
  public int hashCode() {
    return Objects.hash(number, group, others);
  }

  @Override
  public String toString() {
    return "view " + number + " of the group of " + group + ": " + others;
  }
}
