package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;

class FoundationTest {

  /** Far more than there are threads. */
  private static final int MANY = 100;

  private final Teardown teardown = new Teardown();
  private final CountDownLatch diskAnswers = new CountDownLatch(1);
  private @TempDir Path directory;
  private Foundation foundation;

  @BeforeEach
  void lay() throws StartException {
    foundation =
        Foundation.lay(
            new AgentConfig(
                new AgentConfig.Role.Cache(
                    directory,
                    OptionalLong.empty(),
                    List.of(new AgentConfig.ParentAddress("127.0.0.1", 1, "")),
                    List.of(),
                    false),
                directory.resolve("state"),
                false,
                BlockSize.DEFAULT,
                8 << 20,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                AgentConfig.Cluster.DEFAULT),
            teardown);
  }

  @AfterEach
  void end() throws Exception {
    diskAnswers.countDown();
    teardown.close();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().matches("p2pd-(blocks|news|timers).*")) {
        // its pool has ended; the thread itself may be in its last instructions
        thread.join(30_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }

  private void fill(ExecutorService threads) {
    for (int i = 0; i < MANY; i++) {
      threads.execute(this::hang);
    }
  }

  private void hang() {
    try {
      diskAnswers.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError("no thread that may read files is interrupted", e);
    }
  }

  private static void assertGoesOn(ExecutorService threads) throws Exception {
    CountDownLatch done = new CountDownLatch(MANY);
    for (int i = 0; i < MANY; i++) {
      threads.execute(done::countDown);
    }
    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void newsAreTakenInWhileTheDiskGivesNoRoom() throws Exception {
    fill(foundation.blocks());
    assertGoesOn(foundation.news());
  }

  @Test
  void roomIsMadeWhileAThousandHearOfNews() throws Exception {
    fill(foundation.news());
    assertGoesOn(foundation.blocks());
  }

  @Test
  void aHousekeepingStepThatHangsTakesOneThread() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    foundation.everySecond(
        () -> {
          begun.countDown();
          hang();
        });
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    CountDownLatch later = new CountDownLatch(3);
    foundation.everySecond(later::countDown);
    assertThat(later.await(30, TimeUnit.SECONDS)).isTrue();
    assertGoesOn(foundation.news());
  }
}
