package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;

class FirstParentTest {

  private final NodeId id = NodeKey.generate().id();
  private @TempDir Path directory;
  private Path file;

  @BeforeEach
  void choose() {
    file = directory.resolve("group");
  }

  @Test
  void isNobodyBeforeItWasShown() {
    assertThat(FirstParent.in(file, Runnable::run).id()).isEmpty();
    assertThat(file).doesNotExist();
  }

  @Test
  void isKnownAtTheNextStart() {
    FirstParent.in(file, Runnable::run).is(id);
    assertThat(FirstParent.in(file, Runnable::run).id()).contains(id);
    NodeId another = NodeKey.generate().id();
    FirstParent.in(file, Runnable::run).is(another);
    assertThat(FirstParent.in(file, Runnable::run).id()).contains(another);
    assertThat(directory).isDirectoryNotContaining("glob:**.new");
  }

  @Test
  void isWrittenOnce() {
    Deque<Runnable> work = new ArrayDeque<>();
    FirstParent parent = FirstParent.in(file, work::add);
    parent.is(id);
    parent.is(id);
    assertThat(work).hasSize(1);
    assertThat(parent.id()).contains(id);
  }

  @Test
  void isTheLastOneWhicheverThreadWritesFirst() {
    Deque<Runnable> work = new ArrayDeque<>();
    FirstParent parent = FirstParent.in(file, work::push);
    parent.is(NodeKey.generate().id());
    parent.is(id);
    work.forEach(Runnable::run); // the later one first
    assertThat(FirstParent.in(file, Runnable::run).id()).contains(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "no id", "ÄÖÜ", "AAAA"})
  void isNobodyIfTheFileIsBroken(String text) throws IOException {
    Files.writeString(file, text);
    assertIsFoundAgain();
  }

  @Test
  void isNobodyIfTheFileIsLong() throws IOException {
    Files.writeString(file, id + " ".repeat(1_000));
    assertIsFoundAgain();
  }

  private void assertIsFoundAgain() {
    FirstParent parent = FirstParent.in(file, Runnable::run);
    assertThat(parent.id()).isEmpty();
    parent.is(id);
    assertThat(FirstParent.in(file, Runnable::run).id()).contains(id);
  }

  @Test
  void isNobodyIfTheFileIsADirectory() throws IOException {
    Files.createDirectories(file.resolve("in the way"));
    FirstParent parent = FirstParent.in(file, Runnable::run);
    assertThat(parent.id()).isEmpty();
    assertThatCode(() -> parent.is(id)).doesNotThrowAnyException();
    assertThat(parent.id()).contains(id);
  }

  @Test
  void isNotWrittenByANodeThatEnds() {
    FirstParent parent =
        FirstParent.in(
            file,
            task -> {
              throw new RejectedExecutionException();
            });
    assertThatCode(() -> parent.is(id)).doesNotThrowAnyException();
  }
}
