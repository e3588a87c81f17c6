package org.p2pd.node;

import org.p2pd.agent.Agent;
import org.p2pd.agent.AgentConfig;
import org.p2pd.agent.Agents;
import org.p2pd.agent.StartException;

/** Opens the agent of a node; the seam at which tests put a fake one. */
@FunctionalInterface
interface AgentOpener {

  /** The real one. */
  AgentOpener STANDARD = Agents::open;

  Agent open(AgentConfig config) throws StartException;
}
