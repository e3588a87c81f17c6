package org.p2pd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Cursor;
import org.p2pd.catalogue.Journal;
import org.p2pd.catalogue.Receipt;
import org.p2pd.catalogue.Shower;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.Title;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;

/** A link whose news fail to be taken in. */
class ParentLinkTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Loop loop = new Loop();
  private final FailingNews news = new FailingNews();
  private @TempDir Path directory;
  private TestNode server;
  private TestNode cache;

  /** Notes after how long each step is to be taken. */
  private static final class Loop extends ScheduledThreadPoolExecutor {
    final List<Long> pausesMillis = new CopyOnWriteArrayList<>();

    Loop() {
      super(1);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable step, long pause, TimeUnit unit) {
      if (pause > 0) {
        pausesMillis.add(unit.toMillis(pause));
      }
      return super.schedule(step, pause, unit);
    }
  }

  /** Fails with every answer until it may succeed. */
  private static final class FailingNews implements News {
    final AtomicInteger answers = new AtomicInteger();
    volatile boolean mayTake;

    @Override
    public Cursor cursor() {
      return Cursor.BEGIN;
    }

    @Override
    public Optional<byte[]> newestHeader() {
      return Optional.empty();
    }

    @Override
    public Receipt take(Optional<PublicKey> authority, byte[] batches, Shower shower) {
      answers.incrementAndGet();
      if (!mayTake) {
        throw new IllegalStateException("a mistake");
      }
      return new Receipt.Known();
    }
  }

  @BeforeEach
  void start() throws IOException {
    TestNode.Choice choice = new TestNode.Choice("127.0.0.23", fresh());
    Journal journal = opened(Journal.open(fresh(), NodeKey.generate(), InstantSource.system()));
    journal.publish(new Title("/a.mp4"), TestEdition.random(10, 1).edition, Instant.EPOCH);
    journal.flush();
    choice.feed = Optional.of(journal);
    server = opened(choice.start());
    choice = new TestNode.Choice("127.0.0.24", fresh());
    choice.secrets = Secrets.handed(fresh().resolve("secret"));
    cache = opened(choice.start());
    opened(loop::shutdownNow);
  }

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T thing) {
    open.push(thing);
    return thing;
  }

  private Path fresh() throws IOException {
    return Files.createTempDirectory(directory, "node");
  }

  private ParentLink link(java.util.concurrent.Executor work) {
    RandomGenerator least = () -> 0;
    Upstream.World world =
        new Upstream.World(
            cache.key.id(),
            loop,
            work,
            InstantSource.system(),
            Ticker.systemTicker(),
            least,
            () -> {},
            (edition, range) -> false);
    ParentLink link =
        new ParentLink(
            cache.client.peer(server.address(), new FirstParentSecret(cache.secrets)),
            true,
            Optional.empty(),
            news,
            world);
    opened(link::close);
    link.begin();
    return link;
  }

  private long questions() {
    return server.transport.requests.stream().filter(r -> r.contains("/catalogue")).count();
  }

  @Test
  void thatFailsForEverIsAskedForAnewEachTimeLater() {
    ParentLink link = link(cache.threads);
    await().atMost(SOON).until(() -> news.answers.get() >= 5);
    int taken = news.answers.get();
    assertThat(questions()).as("one for each answer").isGreaterThanOrEqualTo(taken);
    assertThat(loop.pausesMillis).containsSubsequence(100L, 200L, 400L, 800L);
    assertThat(link.problem()).hasValueSatisfying(p -> assertThat(p).contains("a mistake"));
    assertThat(link.isUsable()).as("as a source of blocks").isTrue();
    news.mayTake = true;
    await().atMost(SOON).until(() -> link.problem().isEmpty());
  }

  @Test
  void forWhichThereIsNoThreadIsAskedForAnew() {
    List<Runnable> refused = new CopyOnWriteArrayList<>();
    ParentLink link =
        link(
            task -> {
              if (refused.size() < 2) {
                refused.add(task);
                throw new RejectedExecutionException("too much waits");
              }
              cache.threads.execute(task);
            });
    news.mayTake = true;
    await().atMost(SOON).until(() -> news.answers.get() > 0 && link.problem().isEmpty());
    assertThat(refused).hasSize(2);
    assertThat(questions()).isGreaterThanOrEqualTo(3);
  }
}
