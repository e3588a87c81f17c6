package org.p2pd.agent;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.jgroups.JGroupsEngine;
import org.p2pd.siblings.Siblings;
import org.p2pd.spp.NodeFacts;

/** Puts together a node's part in its groups. */
record GroupAssembly(Foundation foundation) {

  Siblings ofServer() {
    return Siblings.ofServer(config(NodeFacts.Role.SERVER), world());
  }

  Siblings ofCache(Siblings.Cache cache) {
    return Siblings.ofCache(config(NodeFacts.Role.CACHE), world(), cache);
  }

  private Siblings.Config config(NodeFacts.Role role) {
    AgentConfig config = foundation.config();
    Path state = config.state();
    return new Siblings.Config(
        foundation.key().id(),
        role,
        config.share(),
        config.cluster().advertisedHost(),
        config.localAddress(),
        role == NodeFacts.Role.CACHE ? config.cluster().hints() : java.util.List.of(),
        state);
  }

  private Siblings.World world() {
    return new Siblings.World(
        foundation.client(),
        foundation.secrets(),
        engine(),
        foundation::begun,
        foundation.timers(),
        foundation.news(),
        Clock.systemUTC(),
        Ticker.systemTicker(),
        foundation.random());
  }

  /** Listens where the node does, on the port after its HTTP port if no other was named. */
  private EngineOpener engine() {
    AgentConfig config = foundation.config();
    return JGroupsEngine.at(
        () -> {
          int port = config.cluster().port().orElseGet(() -> foundation.begun().port() + 1);
          return config
              .localAddress()
              .map(address -> new InetSocketAddress(address, port))
              .orElseGet(() -> new InetSocketAddress((InetAddress) null, port));
        },
        foundation.key(),
        foundation.random());
  }
}
