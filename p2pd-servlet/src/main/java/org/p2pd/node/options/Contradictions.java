package org.p2pd.node.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.p2pd.http.Subnet;

/** Options that make no sense together; each is refused with what to do instead. */
final class Contradictions {

  private Contradictions() {}

  static void check(Grammar given) throws UsageException {
    boolean server = given.role.publicDirectory != null;
    boolean cache = given.role.cacheDirectory != null;
    refuse(
        server && cache,
        "-p and -c do not go together: run two nodes, each with a port and a state of its own");
    refuse(
        !server && !cache,
        "say what this node is: -p DIR publishes the files in DIR (server),"
            + " -c DIR -S HOST keeps what it fetches from HOST (cache)");
    refuse(
        given.access.trustedProxies.stream()
            .flatMap(clients -> clients.subnets().stream())
            .anyMatch(Subnet.EVERYONE::contains),
        "--trusted-proxy for everyone would let each viewer choose an address: name the addresses"
            + " of your proxies, such as --trusted-proxy 127.0.0.1");
    if (server) {
      checkServer(given);
      return;
    }
    checkCache(given);
  }

  private static void checkServer(Grammar given) throws UsageException {
    String only = " belongs to a cache (-c), not to a server (-p): leave it away";
    refuse(
        !given.role.parents.isEmpty(),
        "-S goes with -c: a server (-p) is the root and has no parent; leave -S away");
    refuse(
        !given.role.mirrors.isEmpty(),
        "-l goes with -c: a server (-p) fetches nothing; leave -l away");
    refuse(given.cluster.parentBelow != null, "--parent-below" + only);
    refuse(given.storage.diskLimit != null, "-C" + only);
    refuse(given.storage.verifyReads, "--verify-reads" + only);
    refuse(given.trust.authority != null, "--authority" + only);
  }

  private static void checkCache(Grammar given) throws UsageException {
    String only = " belongs to a server (-p), not to a cache (-c): leave it away";
    refuse(
        given.role.parents.isEmpty(),
        "a cache needs the machine one step up: add -S HOST, the server's name or address");
    refuse(given.publish.digest != null, "-m" + only);
    refuse(given.publish.settle != null, "--settle" + only);
    refuse(given.publish.followSymlinks, "--follow-symlinks" + only);
    refuse(given.publish.trustFiles, "--trust-files" + only);
    boolean anyPort = given.listen.port != null && given.listen.port == 0;
    for (Authority parent : given.role.parents) {
      refuse(
          anyPort && parent.port().isEmpty(),
          "with -P 0 the parent's port must be written: -S " + parent.hostInUrl() + ":8080");
    }
  }

  /** A state directory that cannot be where it is. */
  static void checkState(Path state, @Nullable Path publicDirectory, @Nullable Path cacheDirectory)
      throws UsageException {
    refuse(
        publicDirectory != null && state.startsWith(publicDirectory),
        "the state directory "
            + state
            + " lies in the public directory, where nothing is written: give another with --state");
    refuse(
        state.equals(cacheDirectory),
        "the state needs a directory of its own: without --state it is " + state + "/state");
  }

  private static void refuse(boolean contradiction, String message) throws UsageException {
    if (contradiction) {
      throw new UsageException(message);
    }
  }
}
