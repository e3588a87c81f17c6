package org.p2pd.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.p2pd.agent.AgentConfig;
import org.p2pd.http.AdminToken;
import org.p2pd.http.Subnet;
import org.p2pd.node.options.Authority;
import org.p2pd.node.options.NodeOptions;

/** The first lines of a node that serves: who it is, what it serves, to whom, and its links. */
final class Banner {

  private final NodeOptions options;
  private final AdminToken token;
  private final int port;
  private final String contextPath;

  Banner(NodeOptions options, AdminToken token, int port, String contextPath) {
    this.options = options;
    this.token = token;
    this.port = port;
    this.contextPath = contextPath;
  }

  List<String> lines() {
    return List.of(
        who(),
        "serves " + viewers() + hosts() + " at " + publicUrl() + "/, listening on " + listening(),
        "status: " + localUrl() + "/.p2pd/status?token=" + token.secret());
  }

  /** Where this machine's own commands reach the node. */
  String localUrl() {
    InetAddress bind = options.listening().bind().orElse(InetAddress.getLoopbackAddress());
    InetAddress local = bind.isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : bind;
    return url(inUrl(local), port);
  }

  private String publicUrl() {
    Optional<Authority> advertised = options.listening().advertised();
    if (advertised.isPresent()) {
      int advertisedPort = options.listening().advertisedPort(port);
      return url(advertised.get().hostInUrl(), advertisedPort);
    }
    if (!options.access().acceptedHosts().isEmpty()) {
      return url(options.access().acceptedHosts().get(0).name(), port);
    }
    return localUrl();
  }

  private String who() {
    AgentConfig config = options.agent();
    String share = config.share() ? ", shares load with other nodes" : "";
    if (config.role() instanceof AgentConfig.Role.Cache cache) {
      String parents =
          cache.parents().stream().map(Object::toString).collect(Collectors.joining(", "));
      return "this is a cache in " + cache.cacheDirectory() + ", fetching from " + parents + share;
    }
    AgentConfig.Role.Server server = (AgentConfig.Role.Server) config.role();
    return "this is a server, publishing " + server.publicDirectory() + share;
  }

  private String viewers() {
    List<Subnet> viewers = options.access().viewers();
    if (viewers.isEmpty()) {
      return "viewers on this machine only (-N accepts others)";
    }
    return viewers.containsAll(Subnet.EVERYONE)
        ? "everyone"
        : viewers.stream().map(Subnet::toString).collect(Collectors.joining(", "));
  }

  private String hosts() {
    return options.access().acceptedHosts().isEmpty()
        ? ""
        : options.access().acceptedHosts().stream()
            .map(Object::toString)
            .collect(Collectors.joining(", ", " asking for ", ""));
  }

  private String listening() {
    String where =
        options.listening().bind().filter(bind -> !bind.isAnyLocalAddress()).isPresent()
            ? inUrl(options.listening().bind().get())
            : "all addresses of this machine";
    return where + ", port " + port;
  }

  private String url(String host, int urlPort) {
    return "http://" + host + ":" + urlPort + contextPath;
  }

  private static String inUrl(InetAddress address) {
    return address instanceof Inet6Address
        ? "[" + address.getHostAddress() + "]"
        : address.getHostAddress();
  }
}
