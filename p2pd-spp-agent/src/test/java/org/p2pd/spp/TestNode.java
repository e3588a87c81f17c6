package org.p2pd.spp;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.p2pd.catalogue.CatalogueFeed;
import org.p2pd.content.Content;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.client.ClientIdentity;
import org.p2pd.spp.client.ClientSettings;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.client.SppClient;
import org.p2pd.spp.server.Arbiter;
import org.p2pd.spp.server.Editions;
import org.p2pd.spp.server.GroupDirectory;
import org.p2pd.spp.server.NodeParts;
import org.p2pd.spp.server.ProofSource;
import org.p2pd.spp.server.SppNode;
import org.p2pd.store.BlockStore;

/** One node of a test: content, both halves of SPP, a transport on 127.0.0.x. */
public final class TestNode implements AutoCloseable {

  public final NodeKey key;
  public final Secrets secrets;
  public final TestContent content;
  public final Introductions introductions;
  public final SppClient client;
  public final SppNode node;

  /** What this node tells that it holds; null if it has no store. */
  public final OwnHoldings holdings;

  public final TestTransport transport;
  public final ConcurrentLinkedQueue<Report> reports = new ConcurrentLinkedQueue<>();
  public final ScheduledExecutorService timers =
      Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "test-timers"));
  public final ExecutorService threads =
      Executors.newSingleThreadExecutor(task -> daemon(task, "test-threads"));

  /** What a test chooses. */
  public static final class Choice {
    public NodeKey key = NodeKey.generate();
    public Secrets secrets;
    public boolean share = true;
    public int port;
    public String contextPath = "";
    public ProofSource proofs = ProofSource.none();
    public Optional<CatalogueFeed> feed = Optional.empty();
    public Optional<Arbiter> arbiter = Optional.empty();

    /** What it has for others, if that is not its {@link TestNode#content}. */
    public Optional<Content> supplied = Optional.empty();

    /** Instead of those of the node's content. */
    public Optional<Editions> editions = Optional.empty();

    /** Of which the node tells what it holds. */
    public Optional<BlockStore> store = Optional.empty();

    /** The groups that it tells of. */
    public GroupDirectory groups = GroupDirectory.NONE;

    public Ticker ticker = Ticker.systemTicker();
    private final String address;
    private final Path directory;

    public Choice(String address, Path directory) {
      this.address = address;
      this.directory = directory;
    }

    public TestNode start() throws IOException {
      return new TestNode(this);
    }
  }

  private TestNode(Choice choice) throws IOException {
    key = choice.key;
    secrets = choice.secrets == null ? Secrets.derived(Secret.derivedFrom(key)) : choice.secrets;
    content = new TestContent(choice.directory);
    introductions = new Introductions(key);
    InetAddress address = InetAddress.getByName(choice.address);
    SecureRandom random = new SecureRandom();
    holdings =
        choice
            .store
            .map(store -> OwnHoldings.of(store, timers, random, choice.ticker))
            .orElse(null);
    client =
        new SppClient(
            new ClientIdentity(
                key,
                this::endpoint,
                introductions,
                random,
                ClientSettings.standard(Optional.of(address), "p2pd/test")),
            timers);
    node =
        SppNode.of(
            new NodeParts(
                new NodeParts.Self(key, NodeFacts.Role.SERVER, choice.share, "p2pd/test"),
                new NodeParts.Trust(secrets, introductions, client::dialBack),
                new NodeParts.Supply(
                    choice.supplied.orElse(content),
                    choice.editions.orElse(content),
                    choice.proofs,
                    choice.feed,
                    Optional.ofNullable(holdings),
                    choice.arbiter,
                    choice.groups),
                (by, report) -> reports.add(report),
                new NodeParts.World(timers, threads, threads, choice.ticker, random)));
    transport = new TestTransport(address, choice.port, choice.contextPath, node);
  }

  private Endpoint endpoint() {
    return new Endpoint(transport.port(), transport.address().contextPath());
  }

  public NodeAddress address() {
    return transport.address();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void close() {
    transport.close();
    node.close();
    if (holdings != null) {
      holdings.close();
    }
    client.close();
    timers.shutdownNow();
    threads.shutdownNow();
  }
}
