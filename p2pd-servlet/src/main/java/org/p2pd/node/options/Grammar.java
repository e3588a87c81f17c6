package org.p2pd.node.options;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.NodeId;
import org.p2pd.node.options.OptionTypes.Clients;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Every option as it is written, before anything is concluded from it. A value that was not given
 * is null, or empty where an option may be repeated; {@link Completion} knows the defaults. The
 * names of the groups are their headings in the help.
 */
@Command(
    name = "p2pd",
    header =
        "Publishes video files and serves them from any number of caches to any HTTP client.%n",
    customSynopsis = {
      "p2pd -p DIR [OPTIONS]              publish the files in DIR (server)",
      "       p2pd -c DIR -S HOST [OPTIONS]      serve viewers, fetching from HOST (cache)",
      "       p2pd secret|status|accept-removals|trust ...   (p2pd COMMAND --help)"
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Examples:",
      "  p2pd -i -p /mediafiles -P 8080",
      "      publish /mediafiles to caches (and to viewers on this machine only)",
      "  p2pd -c /cachefiles -A cdn.example.com -n -N -P 8080 -S 10.0.0.1",
      "      serve everyone who asks for cdn.example.com, fetching from 10.0.0.1:8080",
      "  p2pd -p /mediafiles -N",
      "      a single machine that serves everyone",
      "",
      "Options may also stand in files (p2pd @/etc/p2pd.conf), and in the environment's",
      "P2PD_OPTIONS; in a servlet container they are the context parameter p2pd.options.",
      "There # begins a comment, and '...' or \"...\" hold words with spaces together.",
      "Of an option that takes one value the last one counts: P2PD_OPTIONS comes first.",
      "Sizes: 64K, 10M, 20G, 1T (of 1024). Times: 500ms, 10s, 5m, 2h.",
      "",
      "Ends with 0 when done or drained, 1 after a failure, 2 for wrong options, 3 when a",
      "directory or file cannot be used or is another process's, 4 when the port cannot be",
      "had, 5 when a command finds no running node."
    },
    sortOptions = false,
    sortSynopsis = false)
final class Grammar {

  @Mixin(name = "What this node is")
  RoleGroup role = new RoleGroup();

  @Mixin(name = "Who is served")
  AccessGroup access = new AccessGroup();

  @Mixin(name = "Where it listens")
  ListenGroup listen = new ListenGroup();

  @Mixin(name = "Caches with the same parent")
  ClusterGroup cluster = new ClusterGroup();

  @Mixin(name = "Disk and memory")
  StorageGroup storage = new StorageGroup();

  @Mixin(name = "Publishing (server)")
  PublishGroup publish = new PublishGroup();

  @Mixin(name = "Trust between nodes")
  TrustGroup trust = new TrustGroup();

  @Mixin(name = "Running")
  RunGroup run = new RunGroup();

  static final class RoleGroup {
    @Option(
        names = {"-p", "--public"},
        paramLabel = "DIR",
        description = "publish the files in DIR (server); nothing is ever written there")
    @Nullable Path publicDirectory;

    @Option(
        names = {"-c", "--cache"},
        paramLabel = "DIR",
        description = "keep fetched blocks in DIR (cache); made if missing")
    @Nullable Path cacheDirectory;

    @Option(
        names = {"-S", "--parent"},
        paramLabel = "HOST[:PORT][/PATH]",
        converter = Authority.Type.class,
        description =
            "the machine one step up: the server, or another cache that was started with "
                + "-i; without a port this node's own (-P); repeatable: the others are stand-ins")
    List<Authority> parents = new ArrayList<>();

    @Option(
        names = {"-l", "--mirror"},
        paramLabel = "HOST[:PORT][/PATH]",
        converter = Authority.Type.class,
        description =
            "another server with identical files, asked for blocks when it is faster or the parent"
                + " is gone; repeatable")
    List<Authority> mirrors = new ArrayList<>();

    @Option(
        names = {"-i", "--share"},
        description = "share load with others: let caches have this node as their parent")
    boolean share;
  }

  static final class AccessGroup {
    @Option(
        names = {"-A", "--accept-host"},
        paramLabel = "HOST",
        converter = OptionTypes.Host.class,
        description = "serve titles only to requests for this host name; repeatable (default: any)")
    List<HostName> acceptedHosts = new ArrayList<>();

    @Option(
        names = {"-N", "--http-clients"},
        paramLabel = "SUBNET",
        arity = "0..1",
        fallbackValue = Clients.EVERYONE,
        converter = OptionTypes.ClientsType.class,
        description =
            "accept viewers from SUBNET, such as 10.0.0.0/8 or ::/0; no value: from "
                + "everywhere; repeatable (default: this machine only)")
    List<Clients> viewers = new ArrayList<>();

    @Option(
        names = {"-n", "--recursive"},
        paramLabel = "SUBNET",
        arity = "0..1",
        fallbackValue = Clients.EVERYONE,
        converter = OptionTypes.ClientsType.class,
        description =
            "fetch what is not held when viewers from SUBNET ask; no value: whoever asks; "
                + "repeatable (default: serve only what is held)")
    List<Clients> recursive = new ArrayList<>();

    @Option(
        names = "--admin",
        paramLabel = "SUBNET",
        converter = OptionTypes.ClientsType.class,
        description =
            "show status, metrics and the list of titles to SUBNET without the token; repeatable")
    List<Clients> admins = new ArrayList<>();

    @Option(
        names = "--trusted-proxy",
        paramLabel = "SUBNET",
        converter = OptionTypes.ClientsType.class,
        description =
            "believe the X-Forwarded-For of your own reverse proxies at SUBNET, so that -N and -n"
                + " see the viewers behind them; repeatable (default: believe none)")
    List<Clients> trustedProxies = new ArrayList<>();

    @Option(
        names = "--browse",
        description = "let everyone see the list of titles at /.play/ (default: administrators)")
    boolean browse;

    @Option(
        names = "--cors",
        paramLabel = "ORIGINS",
        converter = OptionTypes.Cors.class,
        description =
            "web pages that may read titles: *, none, or https://... separated by commas"
                + " (default: *)")
    @Nullable CorsPolicy cors;

    @Option(
        names = "--stall",
        paramLabel = "TIME",
        converter = OptionTypes.Time.class,
        description = "how long a viewer may pause without losing the connection (default: 10m)")
    @Nullable Duration stall;

    @Option(
        names = "--access-log",
        paramLabel = "FILE",
        description = "append a line for each request to FILE (default: none)")
    @Nullable Path accessLog;
  }

  static final class ListenGroup {
    @Option(
        names = {"-P", "--port"},
        paramLabel = "PORT",
        converter = OptionTypes.Port.class,
        description = "the port for viewers and nodes; 0: any free one (default: 8080)")
    @Nullable Integer port;

    @Option(
        names = "--port-file",
        paramLabel = "FILE",
        description = "write the port to FILE once it serves")
    @Nullable Path portFile;

    @Option(
        names = "--bind",
        paramLabel = "ADDRESS",
        converter = AddressType.class,
        description = "listen on this address only (default: all, IPv4 and IPv6)")
    @Nullable InetAddress bind;

    @Option(
        names = "--advertise",
        paramLabel = "HOST[:PORT]",
        converter = Authority.Advertised.class,
        description = "how others reach this node, where that differs from what it sees itself")
    @Nullable Authority advertise;
  }

  static final class ClusterGroup {
    @Option(
        names = "--cluster-port",
        paramLabel = "PORT",
        converter = OptionTypes.Port.class,
        description =
            "the port on which members of a group watch each other (default: the one after -P)")
    @Nullable Integer port;

    @Option(
        names = "--parent-below",
        paramLabel = "MBITS",
        converter = OptionTypes.Megabits.class,
        description =
            "ask the parent also for what busy siblings hold, while they bring less than this many"
                + " Mbit/s together; 0: never (default: 500)")
    @Nullable Integer parentBelow;
  }

  static final class StorageGroup {
    @Option(
        names = {"-b", "--block-size"},
        paramLabel = "SIZE",
        converter = OptionTypes.Block.class,
        description = "unit of transfer and storage, a power of two, 16K to 1M (default: 64K)")
    @Nullable BlockSize blockSize;

    @Option(
        names = {"-C", "--disk-limit"},
        paramLabel = "SIZE",
        converter = OptionTypes.Size.class,
        description = "disk that the cache takes at most (default: 90 %% of free and already held)")
    @Nullable Long diskLimit;

    @Option(
        names = {"-M", "--memory-limit"},
        paramLabel = "SIZE",
        converter = OptionTypes.Size.class,
        description =
            "memory off the heap for bytes of video between disk, network and viewers, never"
                + " exceeded; a server also hashes and proves in it. Buffers of connections and"
                + " Java's heap are not in it (default: 256M, or half of what Java allows; at least"
                + " 8M)")
    @Nullable Long memoryLimit;

    @Option(
        names = "--state",
        paramLabel = "DIR",
        description =
            "keys, catalogue and remembered things; made if missing (default: in the cache "
                + "directory; a server's: $XDG_STATE_HOME/p2pd, or ~/.local/state/p2pd)")
    @Nullable Path state;

    @Option(
        names = "--verify-reads",
        description = "verify what the cache holds each time it is sent (slower)")
    boolean verifyReads;
  }

  static final class PublishGroup {
    @Option(
        names = {"-m", "--digest"},
        paramLabel = "NAME",
        converter = OptionTypes.Digest.class,
        completionCandidates = OptionTypes.DigestNames.class,
        description = "digest of newly published files: SHA-256 (default), SHA-512/256, SHA3-256")
    @Nullable DigestAlgorithm digest;

    @Option(
        names = "--settle",
        paramLabel = "TIME",
        converter = OptionTypes.Time.class,
        description =
            "quiet time after which a file counts as copied where its writer cannot be"
                + " seen (default: 10s)")
    @Nullable Duration settle;

    @Option(
        names = "--follow-symlinks",
        description = "publish also what symbolic links outside of DIR point to")
    boolean followSymlinks;

    @Option(
        names = "--trust-files",
        description =
            "you promise to replace files by rename only, never to write into them; buys"
                + " speed")
    boolean trustFiles;
  }

  static final class TrustGroup {
    @Option(
        names = "--secret-file",
        paramLabel = "FILE",
        description =
            "what all nodes of the network share (p2pd secret FILE makes one); repeatable: "
                + "the first is spoken, all are accepted (default: made by the server, handed to "
                + "nodes in private networks)")
    List<Path> secretFiles = new ArrayList<>();

    @Option(
        names = "--authority",
        paramLabel = "FINGERPRINT",
        converter = OptionTypes.Fingerprint.class,
        description = "believe this server key only (default: the first one that the parent shows)")
    @Nullable NodeId authority;
  }

  static final class RunGroup {
    @Option(
        names = {"-d", "--debug"},
        description = "log in detail")
    boolean debug;

    @Option(
        names = {"-D", "--detach"},
        description =
            "return 0 once it serves, and leave it running; it logs to DIR/p2pd.log in"
                + " its state directory, and ends by: kill $(cat DIR/lock)")
    boolean detach;

    @Option(
        names = "--drain",
        paramLabel = "TIME",
        converter = OptionTypes.Time.class,
        description = "how long SIGTERM waits for viewers (default: 60s)")
    @Nullable Duration drain;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "show this")
    boolean help;

    @Option(
        names = {"-V", "--version"},
        versionHelp = true,
        description = "show the version")
    boolean version;
  }
}
