package org.p2pd.agent;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SecretFile;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.ClientIdentity;
import org.p2pd.spp.client.ClientSettings;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.client.SppClient;
import org.p2pd.spp.server.NodeParts;
import org.p2pd.spp.server.ReportListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every node stands on: its state directory, key and secrets, its threads, and its asking
 * half.
 *
 * <p>What uses files has two sets of threads, so that neither kind of work waits for the other: a
 * disk on which rooms are slow to be had, as at a start, must not keep the catalogue from being
 * learned; a thousand children that are told of a change at once must not keep a play head waiting.
 * Their queues have no limit of their own, because what may wait in them is counted elsewhere:
 *
 * <ul>
 *   <li>{@code blocks}: a fetch of claimed blocks (the memory of {@code -M} bounds them) makes or
 *       gives back its room; a child's open request (128 a session) looks whether its first bytes
 *       are there.
 *   <li>{@code news}: each link to a parent takes in one answer at a time; each housekeeping step
 *       is there once; of the children's questions for news 1,024 in all may wait. Each of at most
 *       255 siblings has one answer about its holdings taken in, and one question about ours
 *       answered, at a time; one sibling's catalogue is followed; the peers and the first parent
 *       that are remembered are written one after the other.
 * </ul>
 *
 * @param timers {@code p2pd-timers}: runs time limits, never anything that waits
 * @param blocks {@code p2pd-blocks-N}: waits for the disk for the sake of blocks
 * @param news {@code p2pd-news-N}: reads and writes the catalogue, takes in what siblings hold;
 *     housekeeping
 * @param endpoint where this node answers; empty until it does
 */
record Foundation(
    AgentConfig config,
    StateDirectory state,
    NodeKey key,
    Secrets secrets,
    Introductions introductions,
    ScheduledThreadPoolExecutor timers,
    ExecutorService blocks,
    ExecutorService news,
    SppClient client,
    AtomicReference<@Nullable Endpoint> endpoint,
    SecureRandom random) {

  private static final Logger log = LoggerFactory.getLogger(Foundation.class);
  private static final int THREADS_OF_A_KIND = 4;

  /** Lays it; what is opened is added to the teardown at once. */
  static Foundation lay(AgentConfig config, Teardown teardown) throws StartException {
    StateDirectory state = teardown.add(StateDirectory.open(config.state()));
    NodeKey key = key(state.resolve("node.key"));
    Secrets secrets = secrets(config, key, state.resolve("secret"));
    ScheduledThreadPoolExecutor timers = newTimers();
    teardown.add(() -> end(timers));
    ExecutorService blocks = newThreads("p2pd-blocks-%d");
    teardown.add(() -> end(blocks));
    ExecutorService news = newThreads("p2pd-news-%d");
    teardown.add(() -> end(news));
    Introductions introductions = new Introductions(key);
    AtomicReference<@Nullable Endpoint> endpoint = new AtomicReference<>();
    SecureRandom random = new SecureRandom();
    SppClient client =
        teardown.add(
            new SppClient(
                new ClientIdentity(
                    key,
                    () -> begun(endpoint),
                    introductions,
                    random,
                    ClientSettings.standard(config.localAddress(), software())),
                timers));
    return new Foundation(
        config, state, key, secrets, introductions, timers, blocks, news, client, endpoint, random);
  }

  /** Where this node answers; asked for only after it has begun. */
  Endpoint begun() {
    return begun(endpoint);
  }

  private static Endpoint begun(AtomicReference<@Nullable Endpoint> endpoint) {
    Endpoint answersAt = endpoint.get();
    if (answersAt == null) {
      throw new IllegalStateException("a node asks others only after it has begun to answer");
    }
    return answersAt;
  }

  private static NodeKey key(Path file) throws StartException {
    try {
      return NodeKey.loadOrCreate(file);
    } catch (IOException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Secrets secrets(AgentConfig config, NodeKey key, Path handed)
      throws StartException {
    List<Secret> given = new ArrayList<>();
    for (Path file : config.secretFiles()) {
      try {
        given.add(SecretFile.read(file));
      } catch (IOException e) {
        throw new StartException(String.valueOf(e.getMessage()), e);
      }
    }
    if (!given.isEmpty()) {
      return Secrets.given(given);
    }
    return config.role() instanceof AgentConfig.Role.Server
        ? Secrets.derived(Secret.derivedFrom(key))
        : Secrets.handed(handed);
  }

  private static ScheduledThreadPoolExecutor newTimers() {
    ScheduledThreadPoolExecutor timers =
        new ScheduledThreadPoolExecutor(
            1, new ThreadFactoryBuilder().setNameFormat("p2pd-timers").setDaemon(true).build());
    timers.setRemoveOnCancelPolicy(true);
    return timers;
  }

  private static ExecutorService newThreads(String names) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS_OF_A_KIND,
            THREADS_OF_A_KIND,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat(names).setDaemon(true).build());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /** Lets what runs finish: its threads must not be interrupted, they may be reading files. */
  private static void end(ExecutorService threads) throws InterruptedException {
    if (threads instanceof ScheduledThreadPoolExecutor timers) {
      timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
      timers.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    }
    threads.shutdown();
    if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("work goes on 10 s after it was told to end");
    }
  }

  /** What this software calls itself to other nodes, such as {@code p2pd/1.0.0}. */
  static String software() {
    Properties build = new Properties();
    try (InputStream in = Foundation.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        build.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("read build.properties", e);
    }
    return build.getProperty("software", "p2pd");
  }

  /** The parts of this node's answering half. */
  NodeParts parts(NodeFacts.Role role, NodeParts.Supply supply, ReportListener reports) {
    return new NodeParts(
        new NodeParts.Self(key, role, config.share(), software()),
        new NodeParts.Trust(secrets, introductions, client::dialBack),
        supply,
        reports,
        new NodeParts.World(timers, blocks, news, Ticker.systemTicker(), random));
  }

  /**
   * Runs a housekeeping step now and then, on a thread that may use files. On a disk that hangs it
   * waits for its end instead of taking one thread after the other; when it fails it is taken
   * again.
   */
  void everySecond(Runnable step) {
    AtomicBoolean underWay = new AtomicBoolean();
    Runnable once =
        () -> {
          try {
            step.run();
          } catch (RuntimeException e) {
            log.error("a housekeeping step failed and is taken again", e);
          } finally {
            underWay.set(false);
          }
        };
    ScheduledFuture<?> unused =
        timers.scheduleWithFixedDelay(
            () -> {
              if (underWay.compareAndSet(false, true)) {
                news.execute(once);
              }
            },
            1,
            1,
            TimeUnit.SECONDS);
  }
}
