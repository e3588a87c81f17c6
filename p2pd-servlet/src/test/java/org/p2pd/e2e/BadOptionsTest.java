package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.Tool;

/** A command line that cannot work is refused at the start, in words that help. */
@Tag("e2e")
class BadOptionsTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static Path media;

  @BeforeAll
  static void makeMedia() {
    media = lab.directory("media");
    Media.write(media.resolve("fine.mp4"), Media.bytes(1000, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p M --pubic X        | --public",
        "-p M -P 99999         | --port",
        "-p M -P eighty        | --port",
        "-p M -c C             | -p",
        "-i                    | -p",
        "-c C -n -N            | -S",
        "-c C -S h -b 100K     | -b",
        "-c C -S h -C lots     | --disk-limit",
        "-p M -m MD5           | MD5",
        "-p M -N 10.0.0.0/99   | 10.0.0.0/99",
        "-p M -T               | SPP",
        "-p M -Z               | -Z",
      })
  void anUnknownOrContradictoryOptionIsNamed(String words, String named) {
    NodeSetup setup = lab.cacheOf("refused", "unused").unbound();
    for (String option : List.of("-c", "-n", "-N", "-S")) {
      setup.without(option);
    }
    for (String word : words.split(" ", -1)) {
      setup.option(
          switch (word) {
            case "M" -> media.toString();
            case "C" -> lab.directory("refused-cache").toString();
            default -> word;
          });
    }
    refused(setup, named);
  }

  @Test
  void aMissingMediaDirectoryIsNamed() {
    Path missing = media.resolveSibling("no-such-directory");
    refused(lab.server("missing", missing), missing.toString());
  }

  @Test
  void anUnwritableCacheDirectoryIsNamed() throws IOException {
    NodeSetup setup = lab.cacheOf("unwritable", "127.0.0.1:1");
    Path directory = lab.directory("unwritable-cache");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
    refused(setup.wrappedIn(Privileges.obeyingPermissions()), directory.toString());
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /** Each would be made where a file is in the way. */
  @ParameterizedTest
  @ValueSource(strings = {"--access-log", "--port-file", "--state"})
  void aPlaceThatCannotBeWrittenIsNamed(String option) {
    String name = "no-place" + option;
    Path inTheWay = lab.directory(name).resolve("file");
    Media.write(inTheWay, Media.bytes(1, 1));
    Path place = inTheWay.resolve("below");
    NodeSetup setup = lab.server(name, media).without(option).option(option, place.toString());
    Tool.Result result = refused(setup, inTheWay.toString());
    assertThat(result.exit()).isEqualTo(3);
    assertThat(result.errors() + result.output()).doesNotContain("Caused by");
  }

  @Test
  void aPortInUseIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      refused(
          lab.server("taken", media).at("127.0.0.1", taken.getLocalPort()),
          Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aDirectoryInUseIsNamedWithItsUser() {
    Node cache = lab.cacheOf("first", "127.0.0.1:1").start();
    NodeSetup second = lab.cacheOf("second", "127.0.0.1:1").without("-c");
    Path directory = cache.state().getParent();
    Tool.Result result = refused(second.option("-c", directory.toString()), directory.toString());
    assertThat(result.errors() + result.output()).contains(Long.toString(cache.pid()));
  }

  private static Tool.Result refused(NodeSetup setup, String named) {
    Tool.Result result = setup.runToEnd();
    assertThat(result.exit()).as(result.toString()).isNotZero();
    assertThat(result.errors() + result.output()).contains(named).doesNotContain("\tat ");
    return result;
  }
}
