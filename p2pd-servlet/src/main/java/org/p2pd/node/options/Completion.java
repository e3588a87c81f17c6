package org.p2pd.node.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.p2pd.agent.AgentConfig;
import org.p2pd.agent.AgentConfig.ParentAddress;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.node.options.OptionTypes.Clients;

/** From what was written to what a node is told: defaults, limits, and what follows from what. */
final class Completion {

  static final int DEFAULT_PORT = 8080;
  static final Duration DEFAULT_STALL = Duration.ofMinutes(10);
  static final Duration DEFAULT_SETTLE = Duration.ofSeconds(10);
  static final Duration DEFAULT_DRAIN = Duration.ofSeconds(60);
  static final long DEFAULT_MEMORY_BYTES = 256L << 20;

  private static final int BYTES_PER_MEGABIT = 125_000;

  /** Less than this feeds no viewer, in bytes. */
  static final long MIN_MEMORY_BYTES = 8L << 20;

  /** Less than this holds no block of the largest size, in bytes. */
  static final long MIN_DISK_BYTES = 1L << 20;

  private final Grammar given;
  private final Surroundings surroundings;

  Completion(Grammar given, Surroundings surroundings) {
    this.given = given;
    this.surroundings = surroundings;
  }

  NodeOptions complete() throws UsageException {
    Contradictions.check(given);
    Path state = state(given.storage.state, given.role.cacheDirectory, surroundings);
    Contradictions.checkState(
        state,
        absoluteOrNull(given.role.publicDirectory),
        absoluteOrNull(given.role.cacheDirectory));
    AgentConfig agent =
        new AgentConfig(
            role(),
            state,
            given.role.share,
            orElse(given.storage.blockSize, BlockSize.DEFAULT),
            memoryLimit(),
            given.trust.secretFiles.stream().map(Completion::absolute).toList(),
            Optional.ofNullable(given.trust.authority),
            listening().bind().filter(bind -> !bind.isAnyLocalAddress()),
            cluster());
    return new NodeOptions(agent, access(), listening(), running());
  }

  /** Where a node keeps its state; absolute. */
  static Path state(
      @Nullable Path written, @Nullable Path cacheDirectory, Surroundings surroundings) {
    if (written != null) {
      return absolute(written);
    }
    return cacheDirectory != null
        ? absolute(cacheDirectory).resolve("state")
        : absolute(surroundings.serverState());
  }

  private AgentConfig.Role role() throws UsageException {
    if (given.role.publicDirectory != null) {
      return new AgentConfig.Role.Server(
          absolute(given.role.publicDirectory),
          orElse(given.publish.digest, DigestAlgorithm.SHA_256),
          orElse(given.publish.settle, DEFAULT_SETTLE),
          given.publish.followSymlinks,
          given.publish.trustFiles);
    }
    Path cache = absolute(Objects.requireNonNull(given.role.cacheDirectory));
    return new AgentConfig.Role.Cache(
        cache,
        diskLimit(),
        given.role.parents.stream().map(this::parent).toList(),
        given.role.mirrors.stream().map(this::parent).toList(),
        given.storage.verifyReads);
  }

  private AgentConfig.Cluster cluster() {
    Integer port = given.cluster.port;
    Integer megabits = given.cluster.parentBelow;
    return new AgentConfig.Cluster(
        port == null ? OptionalInt.empty() : OptionalInt.of(port),
        Optional.ofNullable(given.listen.advertise).map(advertised -> advertised.host().name()),
        given.access.acceptedHosts.stream().map(HostName::name).toList(),
        megabits == null
            ? AgentConfig.Cluster.DEFAULT_PARENT_BELOW
            : megabits * (double) BYTES_PER_MEGABIT);
  }

  private ParentAddress parent(Authority authority) {
    return new ParentAddress(
        authority.host().name(), authority.port().orElse(port()), authority.path());
  }

  private OptionalLong diskLimit() throws UsageException {
    Long limit = given.storage.diskLimit;
    if (limit == null) {
      return OptionalLong.empty();
    }
    if (limit < MIN_DISK_BYTES) {
      throw new UsageException("-C " + limit + " is too little to keep anything; give 1M or more");
    }
    return OptionalLong.of(limit);
  }

  private long memoryLimit() throws UsageException {
    long allowed = surroundings.directMemoryBytes();
    Long limit = given.storage.memoryLimit;
    if (limit == null) {
      return Math.max(MIN_MEMORY_BYTES, Math.min(DEFAULT_MEMORY_BYTES, allowed / 2));
    }
    if (limit < MIN_MEMORY_BYTES) {
      throw new UsageException("-M " + limit + " is too little to serve anyone; give 8M or more");
    }
    if (limit > allowed) {
      throw new UsageException(
          "-M asks for "
              + limit
              + " bytes but Java allows "
              + allowed
              + " off the heap: start it with -XX:MaxDirectMemorySize="
              + (limit >> 20) * 2
              + "m, or with the p2pd script, which does");
    }
    return limit;
  }

  private NodeOptions.Access access() throws UsageException {
    Duration stall = orElse(given.access.stall, DEFAULT_STALL);
    if (stall.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new UsageException("--stall is too short for any viewer; give 1s or more");
    }
    return new NodeOptions.Access(
        given.access.acceptedHosts,
        subnets(given.access.viewers),
        subnets(given.access.recursive),
        subnets(given.access.admins),
        subnets(given.access.trustedProxies),
        given.access.browse,
        orElse(given.access.cors, CorsPolicy.ANY),
        stall,
        Optional.ofNullable(given.access.accessLog).map(Completion::absolute));
  }

  private NodeOptions.Listening listening() {
    return new NodeOptions.Listening(
        port(),
        Optional.ofNullable(given.listen.bind),
        Optional.ofNullable(given.listen.advertise),
        Optional.ofNullable(given.listen.portFile).map(Completion::absolute));
  }

  private NodeOptions.Running running() {
    return new NodeOptions.Running(
        given.run.debug, given.run.detach, orElse(given.run.drain, DEFAULT_DRAIN));
  }

  private int port() {
    return orElse(given.listen.port, DEFAULT_PORT);
  }

  private static List<Subnet> subnets(List<Clients> clients) {
    return clients.stream().flatMap(c -> c.subnets().stream()).distinct().toList();
  }

  private static <T> T orElse(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }

  private static @Nullable Path absoluteOrNull(@Nullable Path path) {
    return path == null ? null : absolute(path);
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
