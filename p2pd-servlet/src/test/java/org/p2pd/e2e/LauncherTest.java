package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.e2e.lab.Repository;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Waiting;
import org.p2pd.e2e.lab.War;

/** The launcher script, and a node that detaches from it. */
@Tag("e2e")
class LauncherTest {

  private static final Pattern RUNS = Pattern.compile("p2pd runs as process ([0-9]+) ");

  @TempDir Path directory;

  @BeforeEach
  void makeMedia() throws IOException {
    Files.createDirectory(directory.resolve("media"));
    // As installed: the war and a link to the script lie in one directory.
    Files.createSymbolicLink(directory.resolve("p2pd.war"), War.path());
    Files.copy(
        Repository.file("deploy/p2pd"),
        directory.resolve("real-p2pd"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.createDirectory(directory.resolve("bin"));
    Files.createSymbolicLink(directory.resolve("bin/p2pd"), Path.of("../real-p2pd"));
  }

  private Tool.Result p2pd(String... arguments) {
    List<String> command = new ArrayList<>(List.of(directory.resolve("bin/p2pd").toString()));
    command.addAll(List.of(arguments));
    return Tool.run(Waiting.GENEROUS, directory, command);
  }

  /** With the logging.properties that is shipped, which must be the usual. */
  private Tool.Result loggingAsShipped(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "P2PD_JAVA_OPTIONS=-Djava.util.logging.config.file="
                    + Repository.file("conf/logging.properties"),
                directory.resolve("bin/p2pd").toString()));
    command.addAll(List.of(arguments));
    return Tool.run(Waiting.GENEROUS, directory, command);
  }

  @Test
  void theWarHasNoLibraryThatOnlyTestsUse() throws IOException {
    try (ZipFile war = new ZipFile(War.path().toFile())) {
      assertThat(war.stream().map(ZipEntry::getName).filter(name -> name.endsWith(".jar")))
          .anyMatch(name -> name.startsWith("WEB-INF/lib/guava-"))
          .noneMatch(
              name ->
                  name.matches(
                      ".*/(commons-io|junit|assertj|mockito|awaitility|archunit|arquillian).*"));
    }
  }

  @Test
  void theScriptFindsTheWarThroughLinks() {
    assertThat(p2pd("--version").expectSuccess().output()).startsWith("p2pd ");
  }

  /** 3 is a directory that cannot be used, with which nobody starts it anew. */
  @Test
  void aNodeWithoutMemoryEndsWithOneAndSaysWhy() {
    List<String> command =
        List.of(
            "env",
            "P2PD_JAVA_OPTIONS=-Xmx6m",
            directory.resolve("bin/p2pd").toString(),
            "-p",
            "media",
            "--state",
            "state",
            "-P",
            "0",
            "--bind",
            "127.0.0.1");
    Tool.Result result = Tool.run(Waiting.GENEROUS, directory, command);
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.errors() + result.output()).contains("java.lang.OutOfMemoryError");
  }

  @Test
  void aDetachedNodeServesWhenTheCommandReturns() throws Exception {
    Tool.Result detached =
        loggingAsShipped(
            "-D",
            "-p",
            "media",
            "--state",
            "state",
            "-P",
            "0",
            "--bind",
            "127.0.0.1",
            "--port-file",
            "port");
    detached.expectSuccess();
    Matcher runs = RUNS.matcher(detached.errors());
    assertThat(runs.find()).as(detached.errors()).isTrue();
    ProcessHandle node = ProcessHandle.of(Long.parseLong(runs.group(1))).orElseThrow();
    try {
      assertThat(directory.resolve("port")).exists();
      assertThat(directory.resolve("state/p2pd.log"))
          .content()
          .containsPattern("(?m)^[0-9-]+ [0-9:.]+ INFO  node: this is a server, publishing ");
      assertThat(p2pd("status", "--state", "state").expectSuccess().output())
          .contains("\"role\" : \"server\"");

      Tool.Result second =
          p2pd("-D", "-p", "media", "--state", "state", "-P", "0", "--bind", "127.0.0.1");
      assertThat(second.exit()).isEqualTo(3);
      assertThat(second.errors()).contains("is in use by process " + node.pid());
    } finally {
      node.destroy();
    }
    node.onExit().get(90, TimeUnit.SECONDS);
    assertThat(directory.resolve("state/p2pd.log")).content().endsWith("node: ended\n");
  }
}
