package org.p2pd.cluster;

import java.util.Collection;
import java.util.function.Consumer;
import org.p2pd.model.NodeId;

/**
 * What carries this node's memberships: one port, open under the secrets with which it was made.
 * Thread-safe; making and closing it may wait, nothing else does.
 */
public interface Engine extends AutoCloseable {

  /** The port on which the members of this node's groups reach it. */
  int port();

  /**
   * Begins to join a group. A node is in a group once.
   *
   * @param self this node as the others are to reach it
   * @param group the node id of the group's parent
   * @param seeds where members may be found
   * @param listener hears every view, in order; it must not wait
   */
  Membership join(Member self, NodeId group, Collection<Seed> seeds, Consumer<GroupView> listener);

  /** Ends the port. The memberships are closed before. */
  @Override
  void close();
}
