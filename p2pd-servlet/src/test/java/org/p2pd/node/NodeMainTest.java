package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.node.options.Surroundings;

class NodeMainTest {

  private static final String FINGERPRINT = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

  @TempDir Path directory;

  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();

  private ExitCode run(String... arguments) {
    Surroundings surroundings =
        new Surroundings(Map.of(), directory, Optional.empty(), Long.MAX_VALUE);
    return new NodeMain(
            surroundings,
            config -> new FakeAgent(),
            new PrintStream(data, true, StandardCharsets.UTF_8),
            new PrintStream(messages, true, StandardCharsets.UTF_8))
        .run(List.of(arguments));
  }

  private String data() {
    return data.toString(StandardCharsets.UTF_8);
  }

  private String messages() {
    return messages.toString(StandardCharsets.UTF_8);
  }

  @Test
  void helpAndVersionAreData() {
    assertThat(run("--help")).isEqualTo(ExitCode.OK);
    assertThat(data()).contains("Usage: p2pd");
    assertThat(messages()).isEmpty();

    assertThat(run("--version")).isEqualTo(ExitCode.OK);
    assertThat(data()).containsPattern("p2pd [0-9]+\\.[0-9]+");
  }

  @Test
  void wrongOptionsAreAMessage() {
    assertThat(run("--nonsense")).isEqualTo(ExitCode.USAGE);
    assertThat(data()).isEmpty();
    assertThat(messages()).startsWith("p2pd: unknown option --nonsense").contains("p2pd --help");
  }

  @Test
  void aMissingDirectoryIsAMessage() {
    assertThat(run("-p", directory.resolve("none").toString(), "-P", "0"))
        .isEqualTo(ExitCode.CANNOT_START);
    assertThat(messages()).contains("does not exist");
  }

  @Nested
  class Secrets {

    @Test
    void areMadeOnce() throws IOException {
      Path file = directory.resolve("secret");

      assertThat(run("secret", file.toString())).isEqualTo(ExitCode.OK);
      String secret = Files.readString(file);
      assertThat(run("secret", file.toString())).isEqualTo(ExitCode.CANNOT_START);

      assertThat(messages()).contains("--secret-file").contains("exists");
      assertThat(Files.readString(file)).isEqualTo(secret);
    }
  }

  @Nested
  class WordsForARunningNode {

    @Test
    void areLeftInItsStateDirectory() throws IOException {
      String state = Files.createDirectory(directory.resolve("state")).toString();

      assertThat(run("accept-removals", "--state", state)).isEqualTo(ExitCode.OK);
      assertThat(run("trust", FINGERPRINT, "--state", state)).isEqualTo(ExitCode.OK);

      assertThat(Path.of(state, "accept-removals")).isEmptyFile();
      assertThat(Path.of(state, "trust")).content().isEqualTo(FINGERPRINT + "\n");
    }

    @Test
    void needAStateDirectory() {
      assertThat(run("accept-removals", "--state", directory.resolve("none").toString()))
          .isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(messages()).contains("name the node as it was started");
    }
  }

  @Nested
  class Status {

    @Test
    void ofNoNodeIsAMessage() throws IOException {
      Path state = Files.createDirectory(directory.resolve("state"));

      assertThat(run("status", "--state", state.toString())).isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(messages()).contains("no node runs with the state directory " + state);
    }

    @Test
    void ofANodeThatEndedIsAMessage() throws IOException {
      Path state = Files.createDirectory(directory.resolve("state"));
      Files.writeString(state.resolve("address"), "http://127.0.0.1:1\n");
      Files.writeString(state.resolve("token"), "0123456789abcdef\n");

      assertThat(run("status", "--state", state.toString())).isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(messages()).contains("does not answer");
    }
  }
}
