package org.p2pd.cluster;

import java.util.Collection;

/**
 * This node's membership in one group, from joining, which begins when it is made, to {@link
 * #close}. It says who is alive, and nothing else. Thread-safe; only {@code close} waits.
 */
public interface Membership extends AutoCloseable {

  /**
   * Further places at which a member may be found. They are added to those known; when there are
   * too many, those named last stay.
   */
  void seeds(Collection<Seed> more);

  /** What this node sees now. */
  GroupView view();

  /**
   * Leaves and joins again after a random part of a moment, if this node is alone in its view: so
   * it finds a group that came to be without it sooner than by waiting. Does nothing otherwise, or
   * while it is joining.
   */
  void rejoin();

  /** Leaves the group, so that the others know at once, and ends all threads. */
  @Override
  void close();
}
