package org.p2pd.agent;

import java.time.Duration;
import org.p2pd.catalogue.Titles;
import org.p2pd.content.Content;
import org.p2pd.spp.server.SppService;

/** One node without its HTTP side. Thread-safe; closed once, in reverse order of assembly. */
public interface Agent extends AutoCloseable {

  Titles titles();

  Content content();

  SppService spp();

  /** A consistent, immutable look at how the node is. */
  Health health();

  /** Numbers and names for {@code /.p2pd/status}, ready for a JSON mapper. */
  AgentStatus status();

  /**
   * Begins to talk to other nodes. Called once, when this node's own HTTP port answers.
   *
   * @param port the port on which this node answers
   * @param contextPath empty, or where the application lives in its container
   */
  void begin(int port, String contextPath);

  /**
   * Health says so, and no viewer's reading begins any more. Returns when those that were open have
   * ended, or after the bound; from then on other nodes are refused as well.
   */
  void drain(Duration bound);

  @Override
  void close();
}
