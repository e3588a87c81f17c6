package org.p2pd.agent;

/** Makes nodes. */
public final class Agents {

  private Agents() {}

  /**
   * Opens a node: its directories are locked and read, publishing begins; it talks to no one before
   * {@link Agent#begin}.
   *
   * @throws StartException if it cannot work so, in words that say what to do; nothing stays open
   */
  public static Agent open(AgentConfig config) throws StartException {
    Teardown teardown = new Teardown();
    boolean opened = false;
    try {
      Foundation foundation = Foundation.lay(config, teardown);
      Agent agent =
          config.role() instanceof AgentConfig.Role.Server server
              ? ServerAssembly.assemble(foundation, server, teardown)
              : CacheAssembly.assemble(
                  foundation, (AgentConfig.Role.Cache) config.role(), teardown);
      opened = true;
      return agent;
    } finally {
      if (!opened) {
        teardown.close();
      }
    }
  }
}
