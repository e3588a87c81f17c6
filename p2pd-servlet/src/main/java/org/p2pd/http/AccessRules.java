package org.p2pd.http;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.p2pd.http.DeliveryPlan.Respond;

/**
 * Who may ask for titles, under which names, and for whom what is not held is fetched.
 *
 * @param acceptedHosts {@code -A}; empty: any
 * @param viewers {@code -N}; empty: loopback only
 * @param recursive {@code -n}; empty: no one
 */
public record AccessRules(
    List<HostName> acceptedHosts, List<Subnet> viewers, List<Subnet> recursive) {

  public AccessRules {
    acceptedHosts = List.copyOf(acceptedHosts);
    viewers = viewers.isEmpty() ? Subnet.LOOPBACK : List.copyOf(viewers);
    recursive = List.copyOf(recursive);
  }

  /**
   * @param host empty if the request names none that can be read
   */
  boolean acceptsHost(Optional<HostName> host) {
    return acceptedHosts.isEmpty() || host.map(acceptedHosts::contains).orElse(false);
  }

  boolean acceptsViewer(InetAddress client) {
    return Subnet.anyContains(viewers, client);
  }

  /** Why someone may not read titles, if that is so: the answer to give. */
  public Optional<Respond> refusal(Optional<HostName> host, Sender sender) {
    if (!acceptsHost(host)) {
      return Optional.of(Problems.hostNotServed(this, sender.way()));
    }
    return acceptsViewer(sender.address())
        ? Optional.empty()
        : Optional.of(Problems.viewerNotAccepted(sender.way()));
  }

  boolean fetchesFor(InetAddress client) {
    return Subnet.anyContains(recursive, client);
  }
}
