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
 * @param timers {@code p2pd-timers}: runs time limits, never anything that waits
 * @param work {@code p2pd-work}: what may read or write files
 * @param endpoint where this node answers; empty until it does
 */
record Foundation(
    AgentConfig config,
    StateDirectory state,
    NodeKey key,
    Secrets secrets,
    Introductions introductions,
    ScheduledThreadPoolExecutor timers,
    ExecutorService work,
    SppClient client,
    AtomicReference<@Nullable Endpoint> endpoint,
    SecureRandom random) {

  private static final Logger log = LoggerFactory.getLogger(Foundation.class);
  private static final int WORK_THREADS = 4;

  /** Lays it; what is opened is added to the teardown at once. */
  static Foundation lay(AgentConfig config, Teardown teardown) throws StartException {
    StateDirectory state = teardown.add(StateDirectory.open(config.state()));
    NodeKey key = key(state.resolve("node.key"));
    Secrets secrets = secrets(config, key, state.resolve("secret"));
    ScheduledThreadPoolExecutor timers = newTimers();
    teardown.add(() -> end(timers));
    ExecutorService work = newWork();
    teardown.add(() -> end(work));
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
        config, state, key, secrets, introductions, timers, work, client, endpoint, random);
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

  private static ExecutorService newWork() {
    ThreadPoolExecutor work =
        new ThreadPoolExecutor(
            WORK_THREADS,
            WORK_THREADS,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat("p2pd-work-%d").setDaemon(true).build());
    work.allowCoreThreadTimeOut(true);
    return work;
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
        new NodeParts.World(timers, work, Ticker.systemTicker(), random));
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
                work.execute(once);
              }
            },
            1,
            1,
            TimeUnit.SECONDS);
  }
}
