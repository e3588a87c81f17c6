package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {

  @TempDir Path temp;

  @Test
  void isMadeForItsOwnerAloneWithAVersion() throws Exception {
    Path directory = temp.resolve("a/b");
    StateDirectory.open(directory).close();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    assertThat(directory.resolve("p2pd-state")).hasContent("p2pd-state 1");
  }

  @Test
  void refusesASecondNodeAndNamesTheFirst() throws Exception {
    try (StateDirectory first = StateDirectory.open(temp)) {
      assertThat(first.resolve("lock")).exists();
      assertThatThrownBy(() -> StateDirectory.open(temp))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("--state");
    }
    StateDirectory.open(temp).close();
  }

  @Test
  void refusesAFormatOfTheFuture() throws Exception {
    Files.writeString(temp.resolve("p2pd-state"), "p2pd-state 2\n");
    assertThatThrownBy(() -> StateDirectory.open(temp))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("p2pd-state 2");
  }

  @Test
  void refusesAFileInItsPlace() throws Exception {
    Path file = Files.createFile(temp.resolve("file"));
    assertThatThrownBy(() -> StateDirectory.open(file))
        .isInstanceOf(StartException.class)
        .hasMessageContaining(file.toString());
  }
}
