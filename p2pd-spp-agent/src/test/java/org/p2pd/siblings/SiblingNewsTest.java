package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.siblings.GroupLab.awaitThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Cursor;
import org.p2pd.catalogue.Receipt;
import org.p2pd.catalogue.Shower;
import org.p2pd.holdings.HandTimers;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.ScriptedNode;
import org.p2pd.spp.client.TestSecret;
import org.p2pd.upstream.News;

/** Whose catalogue is followed: siblings that say what a test wants, and a clock of its own. */
class SiblingNewsTest {

  private final HandTimers timers = new HandTimers();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<Peer> siblings = new ArrayList<>();
  private final AtomicInteger taken = new AtomicInteger();
  private volatile Receipt receipt = new Receipt.Known();
  private @TempDir Path directory;
  private TestNode self;

  @BeforeEach
  void start() throws IOException {
    self = new TestNode.Choice("127.0.0.31", directory).start();
    open.push(self);
  }

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  /** A sibling that answers at once, always the same. */
  private final class Sibling {
    final AtomicInteger asked = new AtomicInteger();

    Sibling(int status) throws IOException {
      ScriptedNode node =
          new ScriptedNode(
              exchange -> {
                asked.incrementAndGet();
                exchange.signed(status, Map.of(), new byte[0]);
              });
      open.push(node);
      siblings.add(self.client.peer(node.address(), TestSecret.of(node.secret)));
    }
  }

  private SiblingNews begin(Executor work) {
    News catalogue =
        new News() {
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
            taken.incrementAndGet();
            return receipt;
          }
        };
    SiblingNews news =
        new SiblingNews(
            catalogue,
            () -> false,
            () -> List.copyOf(siblings),
            timers,
            work,
            timers.ticker(),
            new Random(3));
    open.push(news);
    news.begin();
    return news;
  }

  /** Lets as many questions be asked and answered. */
  private void questions(int count, Duration each) {
    for (int i = 0; i < count; i++) {
      timers.pass(each);
      awaitThat(() -> timers.pending() > 0); // the answer, or the next question
    }
  }

  private static int sum(Sibling... siblings) {
    int sum = 0;
    for (Sibling one : siblings) {
      sum += one.asked.get();
    }
    return sum;
  }

  @Test
  void areOfAnotherSiblingWhenOneTellsNothingNewForAWhile() throws Exception {
    for (int status : new int[] {204, 200}) {
      siblings.clear();
      Sibling one = new Sibling(status);
      Sibling other = new Sibling(status);
      SiblingNews news = begin(Runnable::run);
      while (one.asked.get() == 0 || other.asked.get() == 0) {
        assertThat(sum(one, other)).as("questions to one sibling alone").isLessThan(60);
        questions(1, Duration.ofSeconds(1));
      }
      assertThat(Math.max(one.asked.get(), other.asked.get()))
          .as("questions to the first")
          .isGreaterThan(3);
      news.close();
    }
  }

  @Test
  void areOfOneSiblingWhileItTellsSomethingNew() throws Exception {
    receipt = new Receipt.Taken(1);
    Sibling one = new Sibling(200);
    Sibling other = new Sibling(200);
    begin(Runnable::run);
    questions(80, Duration.ofSeconds(1));
    assertThat(sum(one, other)).isGreaterThan(20);
    assertThat(Math.min(one.asked.get(), other.asked.get())).isZero();
  }

  @Test
  void areOfAnotherSiblingAtOnceWhenOneRefuses() throws Exception {
    Sibling one = new Sibling(404);
    Sibling other = new Sibling(404);
    begin(Runnable::run);
    while (sum(one, other) < 10) {
      questions(1, Duration.ofSeconds(1));
    }
    assertThat(one.asked.get()).isEqualTo(other.asked.get());
  }

  @Test
  void endQuietlyWithTheThreadsOfTheNode() throws Exception {
    Sibling one = new Sibling(200);
    begin(
        task -> {
          throw new RejectedExecutionException("ended");
        });
    questions(1, Duration.ofSeconds(1));
    timers.pass(Duration.ofSeconds(1)); // what it said is to be taken
    assertThat(one.asked).hasValue(1);
    assertThat(taken).hasValue(0);
    assertThat(timers.pending()).as("nothing more is done").isZero();
  }
}
