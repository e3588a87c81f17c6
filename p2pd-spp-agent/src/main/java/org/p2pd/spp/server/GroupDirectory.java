package org.p2pd.spp.server;

import java.net.InetAddress;
import java.util.Optional;
import org.p2pd.spp.GroupMembers;

/** The groups that a node can tell of. Thread-safe; never waits. */
public interface GroupDirectory {

  /** A node that tells of none. */
  GroupDirectory NONE =
      new GroupDirectory() {
        @Override
        public Optional<GroupMembers> ofChildren(InetAddress reachedAt) {
          return Optional.empty();
        }

        @Override
        public Optional<GroupMembers> own() {
          return Optional.empty();
        }
      };

  /**
   * The group of this node's children.
   *
   * @param reachedAt the own address at which a child reached this node
   */
  Optional<GroupMembers> ofChildren(InetAddress reachedAt);

  /** The group of this node's first parent; nothing while that is not known. */
  Optional<GroupMembers> own();
}
