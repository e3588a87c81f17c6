package org.p2pd.servlet;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.p2pd.http.AdminToken;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;
import org.p2pd.http.TimeLimits;

/**
 * All that a node's HTTP side is told at start.
 *
 * @param acceptedHosts titles are served for these names only ({@code -A}); empty: for any
 * @param viewers who may ask for titles ({@code -N}); empty: loopback only
 * @param recursive for whom what is not held is fetched ({@code -n}); empty: for no one
 * @param admins who may see status, metrics and the list without the token ({@code --admin})
 * @param trustedProxies whose word about the viewers behind them is believed ({@code
 *     --trusted-proxy})
 * @param browse whether whoever may ask for titles sees the list of them ({@code --browse})
 * @param adminToken opens status and metrics to everyone who knows it
 * @param cors which pages of other origins may read titles
 * @param timeLimits how long viewers and sources are waited for
 * @param accessLog the file that the access log is appended to; empty: none is written
 */
public record HttpConfig(
    List<HostName> acceptedHosts,
    List<Subnet> viewers,
    List<Subnet> recursive,
    List<Subnet> admins,
    List<Subnet> trustedProxies,
    boolean browse,
    AdminToken adminToken,
    CorsPolicy cors,
    TimeLimits timeLimits,
    Optional<Path> accessLog) {

  public HttpConfig {
    acceptedHosts = List.copyOf(acceptedHosts);
    viewers = List.copyOf(viewers);
    recursive = List.copyOf(recursive);
    admins = List.copyOf(admins);
    trustedProxies = List.copyOf(trustedProxies);
  }

  /** A node as its command line without options describes it: loopback viewers, nothing fetched. */
  public static HttpConfig defaults(AdminToken adminToken) {
    return new HttpConfig(
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        false,
        adminToken,
        CorsPolicy.ANY,
        TimeLimits.DEFAULT,
        Optional.empty());
  }
}
