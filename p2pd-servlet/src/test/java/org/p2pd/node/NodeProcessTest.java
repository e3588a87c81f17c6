package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.agent.StartException;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.node.options.OptionsReader;
import org.p2pd.node.options.Parsed;
import org.p2pd.node.options.Surroundings;

class NodeProcessTest {

  @TempDir Path directory;

  private final FakeAgent agent = new FakeAgent();
  private Path media;
  private Path state;

  @BeforeEach
  void makeDirectories() throws IOException {
    media = Files.createDirectory(directory.resolve("media"));
    state = Files.createDirectory(directory.resolve("state"));
  }

  private NodeOptions options(String... more) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of("-p", media.toString(), "--state", state.toString(), "--bind", "127.0.0.1"));
    words.addAll(List.of(more));
    Surroundings surroundings =
        new Surroundings(Map.of(), directory, Optional.empty(), Long.MAX_VALUE);
    return ((Parsed.Serve) new OptionsReader(surroundings, "test").readArguments(words)).options();
  }

  private static int status(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setRequestProperty("Connection", "close");
    return connection.getResponseCode();
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("p2pd-") || name.startsWith("Catalina"))
        .collect(Collectors.toSet());
  }

  @Test
  void servesAndSaysWhere() throws Exception {
    Path portFile = directory.resolve("port");

    try (NodeProcess node =
        NodeProcess.start(
            options("-P", "0", "--port-file", portFile.toString()), config -> agent)) {
      assertThat(status(node.port(), "/nothing.mp4")).isEqualTo(404);
      assertThat(Files.readString(portFile)).isEqualTo(node.port() + "\n");
      assertThat(Files.readString(state.resolve("address")))
          .isEqualTo("http://127.0.0.1:" + node.port() + "\n");
      assertThat(agent.calls).containsExactly("begin " + node.port());
    }
  }

  @Test
  void tellsOthersTheAdvertisedPort() throws Exception {
    try (NodeProcess node =
        NodeProcess.start(options("-P", "0", "--advertise", "h:81"), config -> agent)) {
      assertThat(agent.calls).containsExactly("begin 81");
      assertThat(node.port()).isNotEqualTo(81);
    }
  }

  @Test
  void endsInReverseOrderAndLeavesNothing() throws Exception {
    Set<String> before = threads();

    NodeProcess node = NodeProcess.start(options("-P", "0", "--drain", "7s"), config -> agent);
    assertThat(threads()).anyMatch(name -> name.startsWith("p2pd-http"));
    node.close();

    assertThat(agent.calls).endsWith("drain PT7S", "close");
    assertThat(state.resolve("address")).doesNotExist();
    Awaitility.await().untilAsserted(() -> assertThat(threads()).isEqualTo(before));
  }

  @Test
  void keepsItsTokenPrivatelyAndForGood() throws Exception {
    NodeProcess.start(options("-P", "0"), config -> agent).close();
    String token = Files.readString(state.resolve("token"));
    NodeProcess.start(options("-P", "0"), config -> agent).close();

    assertThat(Files.readString(state.resolve("token"))).isEqualTo(token).hasSizeGreaterThan(20);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("token"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aTakenPortIsNamedWithItsOwner() throws Exception {
    try (NodeProcess first = NodeProcess.start(options("-P", "0"), config -> agent)) {
      FakeAgent second = new FakeAgent();

      assertThatExceptionOfType(NodeFailure.class)
          .isThrownBy(
              () ->
                  NodeProcess.start(
                      options("-P", Integer.toString(first.port())), config -> second))
          .withMessageContaining("cannot listen on port " + first.port())
          .withMessageContaining("process " + ProcessHandle.current().pid() + " (")
          .withMessageContaining("-P")
          .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.PORT));
      assertThat(second.calls).isEmpty();
    }
  }

  @Test
  void anAddressOfAnotherMachineIsRefused() {
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(
            () -> NodeProcess.start(options("-P", "0", "--bind", "203.0.113.9"), c -> agent))
        .withMessageContaining("203.0.113.9, which is no address of this machine");
  }

  @Test
  void anAgentThatDoesNotStartEndsItAll() {
    Set<String> before = threads();

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(
            () ->
                NodeProcess.start(
                    options("-P", "0"),
                    config -> {
                      throw new StartException("the state directory is in use by process 7");
                    }))
        .withMessage("the state directory is in use by process 7")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CANNOT_START));
    Awaitility.await().untilAsserted(() -> assertThat(threads()).isEqualTo(before));
  }

  @Test
  void anAccessLogThatCannotBeWrittenIsNamedBeforeAnythingIsOpened() {
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(
            () ->
                NodeProcess.start(
                    options("-P", "0", "--access-log", directory + "/none/log"), c -> agent))
        .withMessageContaining(directory + "/none/log")
        .withMessageContaining("--access-log")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(ExitCode.CANNOT_START));
    assertThat(agent.calls).isEmpty();
  }

  @Test
  void aPortFileThatCannotBeWrittenEndsItAll() {
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(
            () ->
                NodeProcess.start(
                    options("-P", "0", "--port-file", directory + "/none/port"), c -> agent))
        .withMessageContaining("--port-file");
    assertThat(agent.calls).endsWith("close");
  }
}
