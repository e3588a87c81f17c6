package org.p2pd.agent;

import java.util.List;

/**
 * How a node is.
 *
 * @param problems one sentence each, with what to do; empty when all is well
 */
public record Health(State state, List<String> problems) {

  /** Only DRAINING takes a node out of a load balancer. */
  public enum State {
    STARTING,
    SERVING,
    DEGRADED,
    DRAINING
  }

  public Health {
    problems = List.copyOf(problems);
  }
}
