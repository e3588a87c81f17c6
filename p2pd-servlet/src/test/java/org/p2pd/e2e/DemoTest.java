package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Repository;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** {@code deploy/demo}, as a stranger runs it, but on addresses of this test's own. */
@Tag("e2e")
class DemoTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int STOP_SECONDS = 120;
  private static final Pattern VIDEO = Pattern.compile("http://\\S+/sample\\.webm");
  private List<String> addresses;

  @BeforeEach
  void chooseAddresses() {
    addresses = Stream.generate(() -> lab.address(NodeSetup.PORT)).limit(4).toList();
  }

  @Test
  void checksItselfWithoutAPerson() {
    Tool.Result result = Tool.run(LIMIT, Path.of("."), command("--check")).expectSuccess();
    assertThat(result.output()).contains("all videos are right through every cache");
    assertThat(result.output())
        .containsPattern("cache-2 .* MiB from cache-1")
        .contains("ok  caches fed each other")
        .contains("ok  cache-1 was killed while cache-3 played")
        .contains("ok  cache-4 was added, and got its film from the caches");
  }

  @Test
  void printsVideosThatPlayAndEndsOnCtrlC() throws Exception {
    Path output = lab.directory("demo").resolve("output");
    Process demo =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      Waiting.until("it shows the traffic", LIMIT, () -> text(output).contains("fetched"));
      Matcher video = VIDEO.matcher(text(output));
      assertThat(video.find()).isTrue();
      assertThat(Viewer.shared().get(URI.create(video.group())).status()).isEqualTo(200);
      Waiting.until("the table shows from whom", () -> text(output).contains("MiB from server"));
    } finally {
      Tool.run("kill", "-INT", Long.toString(demo.pid()));
    }
    boolean ended = demo.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    demo.destroy();
    assertThat(ended).as("it ends on Ctrl-C: " + text(output)).isTrue();
    assertThat(demo.exitValue()).as(text(output)).isZero();
    assertThat(demo.descendants()).isEmpty();
    for (String address : addresses) {
      try (ServerSocket free = new ServerSocket()) {
        free.setReuseAddress(true);
        free.bind(new InetSocketAddress(address, NodeSetup.PORT));
        assertThat(free.isBound()).isTrue();
      }
    }
  }

  @Test
  void namesTheOwnerOfATakenPort() throws IOException {
    try (ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(addresses.get(2), NodeSetup.PORT));
      Tool.Result result = Tool.run(LIMIT, Path.of("."), command("--check"));
      assertThat(result.exit()).isEqualTo(1);
      assertThat(result.errors())
          .contains(addresses.get(2) + ":8080")
          .contains("java (process " + ProcessHandle.current().pid() + ")");
    }
  }

  private List<String> command(String... options) {
    Path demo = Repository.file("deploy/demo");
    // As from a terminal: what was started in the background ignores Ctrl-C.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT", demo.toString()));
    command.addAll(List.of(options));
    addresses.forEach(address -> command.addAll(List.of("--public", address)));
    return command;
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file);
  }
}
