package org.p2pd.agent;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.p2pd.catalogue.Allowance;
import org.p2pd.catalogue.Pin;
import org.p2pd.catalogue.Replica;
import org.p2pd.catalogue.TitleChange;
import org.p2pd.fetch.BlockSource;
import org.p2pd.fetch.CacheContent;
import org.p2pd.fetch.FetchConfig;
import org.p2pd.fetch.FetchStats;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.siblings.Siblings;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Report;
import org.p2pd.spp.server.NodeParts;
import org.p2pd.spp.server.SppNode;
import org.p2pd.store.BlockStore;
import org.p2pd.store.DiskBlockStore;
import org.p2pd.store.StoreConfig;
import org.p2pd.store.StoreException;
import org.p2pd.store.StoreStats;
import org.p2pd.upstream.LinkListener;
import org.p2pd.upstream.Upstream;

/** Puts a cache together: the store, the relayed catalogue, the parents, and what fetches. */
final class CacheAssembly {

  private final Foundation foundation;
  private final BlockStore store;
  private final Replica replica;
  private final Upstream upstream;
  private final Siblings siblings;
  private final CacheContent fetching;

  private CacheAssembly(
      Foundation foundation,
      BlockStore store,
      Replica replica,
      Upstream upstream,
      Siblings siblings,
      CacheContent fetching) {
    this.foundation = foundation;
    this.store = store;
    this.replica = replica;
    this.upstream = upstream;
    this.siblings = siblings;
    this.fetching = fetching;
  }

  static Agent assemble(Foundation foundation, AgentConfig.Role.Cache role, Teardown teardown)
      throws StartException {
    DiskBlockStore store = teardown.add(store(foundation.config(), role));
    Pin pin = pin(foundation);
    Replica replica = teardown.add(replica(foundation, role, pin, store));
    foundation.everySecond(new TrustFile(foundation.state().resolve("trust"), pin)::look);
    LateListener listener = new LateListener();
    Upstream upstream = teardown.add(upstream(foundation, role, replica, store, listener));
    KnownHoldings known =
        new KnownHoldings(foundation.key().id(), foundation.random(), Ticker.systemTicker());
    Siblings siblings =
        teardown.add(
            new GroupAssembly(foundation)
                .ofCache(
                    new Siblings.Cache(
                        upstream,
                        replica,
                        known,
                        foundation.config().blockSize(),
                        listener::sourcesChanged)));
    foundation.everySecond(siblings::tick);
    CacheContent fetching =
        teardown.add(
            CacheContent.over(
                store,
                new AllSources(upstream, siblings),
                new FetchConfig(
                    foundation.config().memoryLimitBytes(),
                    FetchConfig.DEFAULT_SILENCE,
                    foundation.config().cluster().parentBelowBytesPerSecond()),
                new TrackedDemand(known),
                foundation.blocks(),
                Ticker.systemTicker()));
    listener.tells(fetching);
    replica.onChange(changes -> fetching.published(named(changes)));
    return new CacheAssembly(foundation, store, replica, upstream, siblings, fetching)
        .complete(teardown);
  }

  private static List<EditionId> named(List<TitleChange> changes) {
    return changes.stream().flatMap(change -> change.after().stream()).map(Edition::id).toList();
  }

  private static DiskBlockStore store(AgentConfig config, AgentConfig.Role.Cache role)
      throws StartException {
    try {
      return DiskBlockStore.open(
          new StoreConfig(
              role.cacheDirectory(),
              role.diskLimitBytes(),
              config.blockSize(),
              role.verifyReads()));
    } catch (StoreException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Pin pin(Foundation foundation) throws StartException {
    try {
      return Pin.open(foundation.state().resolve("authority"), foundation.config().authority());
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Replica replica(
      Foundation foundation, AgentConfig.Role.Cache role, Pin pin, DiskBlockStore store)
      throws StartException {
    Path catalogue = foundation.state().subdirectory("catalogue");
    try {
      boolean inside = catalogue.toRealPath().startsWith(role.cacheDirectory().toRealPath());
      return Replica.open(catalogue, pin, inside ? within(store) : Allowance.UNLIMITED);
    } catch (IOException e) {
      throw new StartException("cannot use the catalogue: " + e.getMessage(), e);
    }
  }

  /**
   * The state directory lies in the cache directory unless it is told otherwise: -C is for both.
   */
  private static Allowance within(DiskBlockStore store) {
    return bytes -> store.reserveBeside(bytes).map(room -> room::written);
  }

  private static Upstream upstream(
      Foundation foundation,
      AgentConfig.Role.Cache role,
      Replica replica,
      BlockStore store,
      LinkListener listener) {
    return Upstream.of(
        addresses(role.parents()),
        addresses(role.mirrors()),
        foundation.client(),
        foundation.secrets(),
        replica,
        new Upstream.World(
            foundation.key().id(),
            foundation.timers(),
            foundation.news(),
            Clock.systemUTC(),
            Ticker.systemTicker(),
            foundation.random(),
            listener,
            store::holds));
  }

  private static List<NodeAddress> addresses(List<AgentConfig.ParentAddress> written) {
    return written.stream()
        .map(node -> new NodeAddress(node.host(), node.port(), node.contextPath()))
        .toList();
  }

  private Agent complete(Teardown teardown) {
    CountedContent content = new CountedContent(fetching);
    OwnHoldings holdings =
        teardown.add(
            OwnHoldings.of(store, foundation.timers(), foundation.random(), Ticker.systemTicker()));
    store.listen(new Evicted(upstream));
    NodeParts.Supply telling =
        NodeParts.Supply.alone(
                content,
                NamedEditions.ofCache(replica, store::edition),
                upstream.proofs(),
                Optional.of(replica))
            .telling(holdings)
            .inGroups(siblings);
    NodeParts.Supply supply = siblings.arbiter().map(telling::arbitrating).orElse(telling);
    SppNode spp =
        teardown.add(SppNode.of(foundation.parts(NodeFacts.Role.CACHE, supply, this::reported)));
    Descriptions descriptions = new Descriptions(replica, store, Ticker.systemTicker());
    foundation.everySecond(descriptions::write);
    return new AssembledAgent(
        foundation,
        new AskedTitles(replica, upstream::wanted, descriptions::read),
        content,
        spp,
        new CacheVitals(foundation.key().id(), store, replica, upstream, siblings, fetching),
        new AssembledAgent.Company() {
          @Override
          public void begin() {
            upstream.begin();
            siblings.begin();
          }

          @Override
          public CompletableFuture<Void> leave() {
            return siblings.leave();
          }
        },
        teardown);
  }

  /** A cache verifies what it holds by itself; what children miss is for its own parent. */
  private void reported(NodeId by, Report report) {
    if (report instanceof Report.Wanted wanted) {
      upstream.wanted(wanted.title());
    }
  }

  /** Lets links and fetching know each other although one is made before the other. */
  private static final class LateListener implements LinkListener {

    private volatile Optional<CacheContent> fetching = Optional.empty();

    void tells(CacheContent content) {
      fetching = Optional.of(content);
    }

    @Override
    public void sourcesChanged() {
      fetching.ifPresent(CacheContent::sourcesChanged);
    }
  }

  /** How a cache is doing. */
  private record CacheVitals(
      NodeId id,
      BlockStore store,
      Replica replica,
      Upstream upstream,
      Siblings siblings,
      CacheContent fetching)
      implements AssembledAgent.Vitals {

    @Override
    public List<String> problems() {
      List<String> problems = new ArrayList<>(upstream.problems());
      replica.authorityState().problem().ifPresent(problems::add);
      problems.addAll(siblings.problems());
      return problems;
    }

    @Override
    public AgentStatus status(SppNode.Stats sent) {
      FetchStats fetched = fetching.stats();
      StoreStats stored = store.stats();
      Map<String, Long> counters = new LinkedHashMap<>();
      counters.put("spp_sent_bytes_total", sent.sentBytes());
      counters.put("spp_sent_spans_total", sent.spans());
      counters.put("fetch_kept_bytes_total", fetched.keptBytes());
      counters.put("fetch_passed_bytes_total", fetched.passedBytes());
      counters.put("fetch_spans_asked_total", fetched.spansAsked());
      counters.put("fetch_spans_failed_total", fetched.spansFailed());
      counters.put("fetch_mismatches_total", fetched.mismatches());
      counters.put("fetch_silences_total", fetched.silences());
      counters.put("fetch_referrals_total", fetched.referrals());
      counters.put("fetch_hedges_total", fetched.hedges());
      counters.put("fetch_busy_readings_total", fetched.busyReadings());
      counters.put("failed_verifications_total", stored.failedVerifications());
      counters.put("failed_writes_total", stored.failedWrites());
      counters.put("evicted_extents_total", stored.evictedExtents());
      counters.put("spp_sessions", (long) sent.sessions());
      LeaseCounters.add(counters, siblings.leases());
      counters.put("open_readings", fetched.openReadings());
      counters.put("memory_bytes", fetched.memoryBytes());
      counters.put("memory_peak_bytes", fetched.memoryPeakBytes());
      return new AgentStatus(
          id.toString(),
          "cache",
          replica.publishedCount(),
          Optional.of(stored),
          counters,
          sources(fetched),
          AgentStatus.MemberStatus.of(siblings.inView()));
    }

    private List<AgentStatus.SourceStatus> sources(FetchStats fetched) {
      List<AgentStatus.SourceStatus> sources = new ArrayList<>();
      Map<String, Long> received = new TreeMap<>(fetched.receivedBytes());
      for (BlockSource source : new AllSources(upstream, siblings).current()) {
        Long bytes = received.remove(source.name());
        sources.add(
            new AgentStatus.SourceStatus(
                source.name(),
                source.relation().name().toLowerCase(Locale.ROOT),
                source.usable(),
                bytes == null ? 0 : bytes));
      }
      received.forEach(
          (name, bytes) -> sources.add(new AgentStatus.SourceStatus(name, "former", false, bytes)));
      return sources;
    }
  }
}
