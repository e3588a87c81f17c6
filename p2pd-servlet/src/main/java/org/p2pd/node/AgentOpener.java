package org.p2pd.node;

import org.p2pd.agent.Agent;
import org.p2pd.agent.AgentConfig;
import org.p2pd.agent.StartException;

/** Opens the agent of a node; the seam at which tests put a fake one. */
@FunctionalInterface
interface AgentOpener {

  /** The real one. */
  AgentOpener STANDARD =
      config -> {
        throw new StartException("this build has no agent in it");
      };

  Agent open(AgentConfig config) throws StartException;
}
