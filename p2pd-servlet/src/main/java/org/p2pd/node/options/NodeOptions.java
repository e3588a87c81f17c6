package org.p2pd.node.options;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.p2pd.agent.AgentConfig;
import org.p2pd.http.AdminToken;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;
import org.p2pd.http.TimeLimits;
import org.p2pd.servlet.HttpConfig;

/** All that a node was told, typed, complete and free of contradictions. */
public record NodeOptions(AgentConfig agent, Access access, Listening listening, Running running) {

  /**
   * Who is served, and how patiently.
   *
   * @param trustedProxies {@code --trusted-proxy}: believed about the viewers behind them
   * @param browse {@code --browse}: whether whoever may read titles sees the list of them
   * @param stall {@code --stall}: how long a viewer may take nothing
   * @param accessLog {@code --access-log}
   */
  public record Access(
      List<HostName> acceptedHosts,
      List<Subnet> viewers,
      List<Subnet> recursive,
      List<Subnet> admins,
      List<Subnet> trustedProxies,
      boolean browse,
      CorsPolicy cors,
      Duration stall,
      Optional<Path> accessLog) {
    public Access {
      acceptedHosts = List.copyOf(acceptedHosts);
      viewers = List.copyOf(viewers);
      recursive = List.copyOf(recursive);
      admins = List.copyOf(admins);
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /**
   * Where the node answers.
   *
   * @param port 0 to 65535; 0 for any free one
   * @param bind the only address listened on; empty: all of both kinds
   * @param advertised how others reach it; empty: as they see it
   * @param portFile where the port is written once it serves
   */
  public record Listening(
      int port,
      Optional<InetAddress> bind,
      Optional<Authority> advertised,
      Optional<Path> portFile) {

    /** The port that other nodes are told, when this node listens on {@code actualPort}. */
    public int advertisedPort(int actualPort) {
      return advertised.map(a -> a.port().orElse(actualPort)).orElse(actualPort);
    }
  }

  /**
   * How the process runs.
   *
   * @param drain how long an ending process waits for viewers
   */
  public record Running(boolean debug, boolean detach, Duration drain) {}

  /** What the HTTP side is told. */
  public HttpConfig http(AdminToken adminToken) {
    return new HttpConfig(
        access.acceptedHosts(),
        access.viewers(),
        access.recursive(),
        access.admins(),
        access.trustedProxies(),
        access.browse(),
        adminToken,
        access.cors(),
        TimeLimits.DEFAULT.withStall(access.stall()),
        access.accessLog());
  }
}
