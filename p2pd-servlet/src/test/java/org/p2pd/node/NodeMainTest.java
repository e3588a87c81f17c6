package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
  void wrongOptionsAreAMessageThatNamesTheirFile() throws IOException {
    Path file = Files.writeString(directory.resolve("p2pd.conf"), "-p /media/my films");
    assertThat(run("@" + file)).isEqualTo(ExitCode.USAGE);
    assertThat(messages().lines())
        .containsExactly(
            "p2pd: 'films' is no option and no command; a name with spaces needs quotes around it:"
                + " '/my films'",
            "its options are in " + file,
            "p2pd --help lists all options");
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

      assertThat(run("trust", FINGERPRINT, "--state", state)).isEqualTo(ExitCode.OK);

      assertThat(Path.of(state, "trust")).content().isEqualTo(FINGERPRINT + "\n");
    }

    @Test
    void needAStateDirectory() {
      assertThat(run("trust", FINGERPRINT, "--state", directory.resolve("none").toString()))
          .isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(messages()).contains("name the node as it was started");
    }
  }

  @Nested
  class AcceptedRemovals {

    private Path state;
    private Path word;
    private HttpServer server;

    @BeforeEach
    void makeState() throws IOException {
      state = Files.createDirectory(directory.resolve("state"));
      word = state.resolve("accept-removals");
    }

    @AfterEach
    void stop() {
      if (server != null) {
        server.stop(0);
      }
    }

    /** A node that says this of itself to whoever has its token. */
    private void nodeSays(String status) throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/.p2pd/status",
          exchange -> {
            boolean known =
                "Bearer 0123456789abcdef"
                    .equals(exchange.getRequestHeaders().getFirst("Authorization"));
            byte[] body = status.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(known ? 200 : 401, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
      Files.writeString(
          state.resolve("address"), "http://127.0.0.1:" + server.getAddress().getPort() + "\n");
      Files.writeString(state.resolve("token"), "0123456789abcdef\n");
      Files.writeString(state.resolve("lock"), Long.toString(ProcessHandle.current().pid()));
    }

    @Test
    void doNotTellAStrangerOnItsPortTheToken() throws IOException {
      nodeSays("{\"role\": \"server\", \"counters\": {\"withheld_removals\": 7}}");
      Files.writeString(state.resolve("lock"), "4194304999"); // no process has that number
      assertThat(accept()).isEqualTo(ExitCode.NOT_RUNNING);
      Files.delete(state.resolve("lock"));
      assertThat(accept()).isEqualTo(ExitCode.NOT_RUNNING);
    }

    private ExitCode accept() {
      return run("accept-removals", "--state", state.toString());
    }

    @Test
    void areLeftForTheServerThatWithholdsThem() throws IOException {
      nodeSays("{\"role\": \"server\", \"counters\": {\"withheld_removals\": 7}}");
      assertThat(accept()).isEqualTo(ExitCode.OK);
      assertThat(word).isEmptyFile();
      assertThat(messages()).contains("withheld: 7. The server withdraws");
    }

    @Test
    void areNoneWhereNothingIsWithheld() throws IOException {
      nodeSays("{\"role\": \"server\", \"counters\": {\"withheld_removals\": 0}}");
      assertThat(accept()).isEqualTo(ExitCode.OK);
      assertThat(word).doesNotExist();
      assertThat(messages())
          .contains("Nothing is withheld at present")
          .contains("nothing was done");
    }

    @Test
    void areNotACachesBusiness() throws IOException {
      nodeSays("{\"role\": \"cache\", \"counters\": {}}");
      assertThat(accept()).isEqualTo(ExitCode.USAGE);
      assertThat(word).doesNotExist();
      assertThat(messages()).contains("is a cache").contains("name the server");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"role\": \"server\"}", "{}", "[]", "no JSON", ""})
    void areNotLeftForANodeThatCannotTell(String status) throws IOException {
      nodeSays(status);
      assertThat(accept()).isEqualTo(ExitCode.FAILED);
      assertThat(word).doesNotExist();
      assertThat(messages()).contains("does not say what it withholds, so nothing was done");
    }

    @Test
    void areNotLeftForANodeThatDoesNotRun() throws IOException {
      assertThat(accept()).isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(messages()).contains("no node runs with the state directory " + state);
      Files.writeString(state.resolve("address"), "http://127.0.0.1:1\n");
      Files.writeString(state.resolve("token"), "0123456789abcdef\n");
      assertThat(accept()).isEqualTo(ExitCode.NOT_RUNNING);
      assertThat(word).doesNotExist();
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
      assertThat(messages()).contains("was ended without leaving in order");
    }
  }
}
