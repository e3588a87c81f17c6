package org.p2pd.node.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.agent.AgentConfig.Role;

/** The files of options in conf/, which are the package's /etc/p2pd. */
class OptionFilesTest {

  private static final Path CONF = Path.of("../conf");

  @TempDir Path directory;

  private static Parsed read(Path file) throws UsageException {
    Surroundings surroundings =
        new Surroundings(Map.of(), Path.of("/root"), Optional.empty(), 1L << 30);
    return new OptionsReader(surroundings, "1").readArguments(List.of("@" + file));
  }

  @Test
  void aServersFileIsReadyToBeStarted() throws Exception {
    assertThat(read(CONF.resolve("server.conf")))
        .isInstanceOfSatisfying(
            Parsed.Serve.class,
            serve -> {
              assertThat(serve.options().agent().state()).isEqualTo(Path.of("/var/lib/p2pd"));
              assertThat(serve.options().agent().role()).isInstanceOf(Role.Server.class);
            });
  }

  @Test
  void aCachesFileAsksForTheParentFirst() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> read(CONF.resolve("cache.conf")))
        .withMessageContaining("-S HOST");
  }

  /** What stands there as an example can be used as it stands. */
  @Test
  void theExamplesInBothFilesAreOptionsToo() throws Exception {
    for (String name : List.of("server.conf", "cache.conf")) {
      Path uncommented = directory.resolve(name);
      Files.writeString(
          uncommented, Files.readString(CONF.resolve(name)).replaceAll("(?m)^# (-)", "$1"));
      assertThat(read(uncommented)).isInstanceOf(Parsed.Serve.class);
    }
  }

  @Test
  void thereAreNoOthers() throws IOException {
    try (var files = Files.list(CONF)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.endsWith(".conf"))
          .containsExactlyInAnyOrder("server.conf", "cache.conf");
    }
  }
}
