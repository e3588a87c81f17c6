package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.ForeignTomcat;
import org.p2pd.e2e.lab.Javas;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Repository;
import org.p2pd.e2e.lab.TomcatKind;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/**
 * What is special of Debian's tomcat10: a user of its own, and a unit that lets it write little.
 */
@Tag("e2e")
class DebianTomcatTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();

  @BeforeAll
  static void onlyWhereItIs() {
    TomcatKind.DEBIAN.assumePresent();
  }

  private static ForeignTomcat tomcat(String name) {
    return ForeignTomcat.in(lab, name, TomcatKind.DEBIAN, Javas.oldest());
  }

  @Test
  void aDirectoryThatTheUnitKeepsReadOnlyIsNamedWithTheLinesThatOpenIt() throws IOException {
    Path blocks = lab.directory("closed-blocks");
    ForeignTomcat tomcat = tomcat("closed").showing(blocks).start();

    tomcat.deploy("video.xml", tomcat.cacheDescriptor(blocks, tomcat.authority()));

    tomcat.awaitLog("the cache directory " + tomcat.seen(blocks) + " may not be written");
    tomcat.awaitLog("[Service]\nReadWritePaths=" + tomcat.seen(blocks) + "\n");
    tomcat.awaitLog("sudo systemctl restart tomcat10");
    assertThat(viewer.get(tomcat.url("/")).status()).isEqualTo(200);
    tomcat.stop(); // its log has the error that was looked for
  }

  @Test
  void theShippedDropInOpensWhatTheShippedDescriptorsName() throws IOException {
    Path conf = Repository.file("conf/tomcat");
    String descriptors =
        Files.readString(conf.resolve("p2pd-server.xml"))
            + Files.readString(conf.resolve("p2pd-cache.xml"));
    assertThat(
            Files.readAllLines(conf.resolve("tomcat10-p2pd.conf")).stream()
                .filter(line -> line.startsWith("ReadWritePaths=-"))
                .map(line -> line.substring("ReadWritePaths=-".length())))
        .containsExactlyInAnyOrderElementsOf(
            Pattern.compile("(?:--state|-c) (/\\S+)")
                .matcher(descriptors)
                .results()
                .map(found -> found.group(1))
                .toList());
  }

  @Test
  void itsOwnPageStandsBackAndIsThereAgainAfterwards() throws IOException {
    Path media = lab.directory("root-media");
    Media.write(media.resolve("film.mp4"), Media.bytes(100_000, 1));
    Path state = lab.directory("root-state");
    ForeignTomcat tomcat = tomcat("root").showing(media).opening(state).start();
    assertThat(viewer.get(tomcat.url("/")).text()).contains("It works");

    tomcat.deploy("ROOT##p2pd.xml", tomcat.serverDescriptor(media, state));
    Waiting.untilAsserted(
        "the film at the root",
        () -> assertThat(viewer.get(tomcat.url("/film.mp4")).status()).isEqualTo(200));
    assertThat(Files.readAttributes(state.resolve("node.key"), "unix:*").get("uid"))
        .as("the key's owner is Tomcat's user")
        .isEqualTo(Files.getAttribute(state, "unix:uid"))
        .isNotEqualTo(0);
    tomcat.undeploy("ROOT##p2pd.xml");

    Waiting.untilAsserted(
        "Debian's page", () -> assertThat(viewer.get(tomcat.url("/")).text()).contains("It works"));
    assertThat(viewer.get(tomcat.url("/film.mp4")).status()).isEqualTo(404);
  }
}
