package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.Edition;

/** The guard against an emptied public directory, with a real one. */
class GuardOnDiskTest {

  private static final int TITLES = 12;

  @TempDir Path temp;
  private PublicDirectory directory;
  private Path away;

  @BeforeEach
  void publish() throws IOException {
    directory = new PublicDirectory(temp);
    away = Files.createDirectory(temp.resolve("away"));
    for (int i = 0; i < TITLES; i++) {
      Files.write(directory.files.resolve(i + ".mp4"), PublicDirectory.random(2_000_000, i));
    }
    directory.started();
    assertThat(directory.titles()).hasSize(TITLES);
  }

  @AfterEach
  void stop() {
    directory.close();
  }

  private void moveAll(Path from, Path to) throws IOException {
    for (int i = 0; i < TITLES; i++) {
      Files.move(from.resolve(i + ".mp4"), to.resolve(i + ".mp4"));
    }
  }

  private void assertNothingIsWithdrawn() {
    assertThat(directory.titles()).hasSize(TITLES);
  }

  @Test
  void nothingIsWithdrawnFromAnEmptiedDirectoryAndItRecovers() throws IOException {
    moveAll(directory.files, away);
    directory.awaitProblem("p2pd accept-removals --state " + directory.state);
    assertNothingIsWithdrawn();
    moveAll(away, directory.files);
    directory.awaitNoProblem();
    assertNothingIsWithdrawn();
    Edition edition = directory.edition("/3.mp4").orElseThrow();
    await()
        .atMost(PublicDirectory.LONG)
        .until(
            () ->
                directory.publisher().content().holds(edition, new org.p2pd.model.ByteRange(0, 9)));
    assertThat(directory.read(edition)).isEqualTo(PublicDirectory.random(2_000_000, 3));
  }

  @Test
  void nothingIsWithdrawnWhileTheDirectoryIsRenamedAway() throws IOException {
    Path renamed = temp.resolve("renamed");
    Files.move(directory.files, renamed);
    directory.awaitProblem("cannot be read");
    assertNothingIsWithdrawn();
    Files.move(renamed, directory.files);
    directory.awaitNoProblem();
    assertNothingIsWithdrawn();
  }

  @Test
  void whereANodeKeepsItsKeysNothingIsPublished() throws IOException {
    directory.stop();
    Files.createFile(directory.files.resolve("p2pd-state"));
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(directory::start)
        .withMessageContaining("a node keeps its keys or blocks there");
  }

  @Test
  void nothingIsWithdrawnAtAStartOnAnEmptyDirectory() throws IOException {
    directory.stop();
    moveAll(directory.files, away);
    directory.start();
    directory.awaitProblem("is empty");
    assertNothingIsWithdrawn();
    assertThat(directory.log()).doesNotContain("scanComplete");
    moveAll(away, directory.files);
    directory.awaitNoProblem();
    await().atMost(PublicDirectory.LONG).until(() -> directory.log().contains("scanComplete"));
    assertNothingIsWithdrawn();
  }

  @Test
  void nothingIsWithdrawnWhenOnlyDirectoriesAreLeft() throws IOException {
    directory.stop();
    Files.createDirectory(directory.files.resolve("series"));
    moveAll(directory.files, away);
    directory.start();
    directory.awaitProblem("is empty");
    Files.write(directory.files.resolve("series/stray.mp4"), PublicDirectory.random(10, 1));
    directory.awaitProblem("was empty");
    assertThat(directory.titles()).hasSizeGreaterThanOrEqualTo(TITLES);
    moveAll(away, directory.files);
    directory.awaitNoProblem();
  }

  @Test
  void nothingIsWithdrawnWhenAFileAppearsInAnEmptiedDirectoryAndTheServerRestarts()
      throws IOException {
    moveAll(directory.files, away);
    directory.awaitProblem("is empty");
    byte[] stray = PublicDirectory.random(1_000, 99);
    Files.write(directory.files.resolve("stray.mp4"), stray);
    directory.awaitPublished("/stray.mp4", stray);
    directory.awaitProblem("was empty");
    for (int i = 0; i < 3 * TITLES; i++) {
      byte[] more = PublicDirectory.random(1_000, 100 + i);
      Files.write(directory.files.resolve("more" + i + ".mp4"), more);
    }
    directory.stop();
    directory.started();
    directory.awaitProblem("was empty: " + TITLES + " titles");
    assertThat(directory.log()).noneMatch(line -> line.startsWith("removed"));
    moveAll(away, directory.files);
    directory.awaitNoProblem();
    assertThat(directory.titles()).hasSize(TITLES + 1 + 3 * TITLES);
  }

  @Test
  void theOwnerAcceptsByAFileInTheStateDirectory() throws IOException {
    moveAll(directory.files, away);
    directory.awaitProblem("accept-removals");
    Path accept = Files.createFile(directory.state.resolve("accept-removals"));
    await().atMost(PublicDirectory.LONG).until(() -> directory.titles().isEmpty());
    assertThat(accept).doesNotExist();
    directory.awaitNoProblem();
  }
}
