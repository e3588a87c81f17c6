package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.ForeignTomcat;
import org.p2pd.e2e.lab.Javas;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Leftovers;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.TomcatKind;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/**
 * Deployed and taken away again and again, a server and a cache leave nothing in their Tomcat: no
 * thread, file, port, class loader, native library or management bean, and no word of Tomcat's that
 * something leaked. Also while viewers are being served.
 */
@Tag("e2e")
class UndeployTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static final int FILM_BYTES = 24 * Media.MIB;
  private static final int TAKEN_BYTES = Media.MIB;
  private static final int FEW = 5;
  private static final int MANY = 20;

  @Test
  void debiansTomcat() throws IOException {
    leavesNothing(TomcatKind.DEBIAN, Optional.of(Javas.oldest()), FEW);
  }

  @Test
  void tomcat11OnTheNewestJava() throws IOException {
    leavesNothing(TomcatKind.TOMCAT_11, Javas.newestLongTerm(), FEW);
  }

  @Tag("long")
  @Timeout(1200)
  @Test
  void debiansTomcatTwentyTimes() throws IOException {
    leavesNothing(TomcatKind.DEBIAN, Optional.of(Javas.oldest()), MANY);
  }

  @Tag("long")
  @Timeout(1200)
  @Test
  void tomcat10TwentyTimes() throws IOException {
    leavesNothing(TomcatKind.TOMCAT_10, Optional.of(Javas.oldest()), MANY);
  }

  @Tag("long")
  @Timeout(1200)
  @Test
  void tomcat10TwentyTimesOnTheNewestJava() throws IOException {
    leavesNothing(TomcatKind.TOMCAT_10, Javas.newestLongTerm(), MANY);
  }

  @Tag("long")
  @Timeout(1200)
  @Test
  void tomcat11TwentyTimes() throws IOException {
    leavesNothing(TomcatKind.TOMCAT_11, Optional.of(Javas.oldest()), MANY);
  }

  @Tag("long")
  @Timeout(1200)
  @Test
  void tomcat11TwentyTimesOnTheNewestJava() throws IOException {
    leavesNothing(TomcatKind.TOMCAT_11, Javas.newestLongTerm(), MANY);
  }

  @Test
  void aDeploymentThatFailsLeavesNothing() throws IOException {
    Path media = lab.directory("failing-media");
    Path state = lab.directory("failing-state");
    Path descriptors = lab.directory("failing-descriptors");
    ForeignTomcat tomcat =
        ForeignTomcat.in(lab, "failing", TomcatKind.TOMCAT_11, Javas.oldest())
            .managed()
            .showing(media)
            .showing(descriptors)
            .opening(state)
            .start();
    Files.writeString(descriptors.resolve("films.xml"), tomcat.serverDescriptor(media, state));
    Path token = state.resolve("token"); // read when everything else is open
    for (int round = 0; round < FEW; round++) {
      Files.writeString(token, "none");
      tomcat.manager().deployInVain("/films", descriptors.resolve("films.xml"));
      tomcat.manager().undeploy("/films");
    }
    assertThat(tomcat.log()).contains("holds no token: remove it, and a new one is made");
    Files.delete(token);
    tomcat.manager().deploy("/films", descriptors.resolve("films.xml"));
    tomcat.manager().undeploy("/films");

    Leftovers leftovers = tomcat.leftovers();
    assertThat(leftovers.threads()).noneMatch(thread -> thread.contains("p2pd"));
    assertThat(leftovers.threads()).noneMatch(thread -> thread.contains("JNA"));
    Waiting.untilAsserted(
        tomcat + " finds no leak",
        () -> assertThat(tomcat.manager().leaks()).doesNotContain("/films"));
    tomcat.stop(); // its log has the errors that were made
  }

  private static void leavesNothing(TomcatKind kind, Optional<Javas.Java> java, int rounds)
      throws IOException {
    kind.assumePresent();
    Assumptions.assumeTrue(
        java.isPresent(),
        "no Java with long-term support newer than 17 in /usr/lib/jvm or TEST_JAVA_HOMES");
    String name = kind.name().toLowerCase(Locale.ROOT) + "-" + java.get().feature() + "-" + rounds;
    Path media = lab.directory(name + "-media");
    Path film = Media.random(media.resolve("film.mp4"), FILM_BYTES, 1);
    Path state = lab.directory(name + "-state");
    Path blocks = lab.directory(name + "-blocks");
    Path descriptors = lab.directory(name + "-descriptors");
    ForeignTomcat tomcat =
        ForeignTomcat.in(lab, name, kind, java.get())
            .managed()
            .showing(media)
            .showing(descriptors)
            .opening(state)
            .opening(blocks)
            .start();
    Applications both = new Applications(tomcat, film, descriptors);
    both.write(media, state, blocks);

    both.comeAndGo(false);
    Leftovers before = tomcat.leftovers();
    for (int round = 0; round < rounds; round++) {
      both.comeAndGo(round % 2 == 0);
    }

    Waiting.untilAsserted(
        tomcat + " has what it had before", () -> tomcat.leftovers().expectNoMoreThan(before));
    // Tomcat asks for one collection and looks: what is finalized first goes with the next.
    Waiting.untilAsserted(
        tomcat + " finds no leak",
        () -> assertThat(tomcat.manager().leaks()).doesNotContain("/films", "/video"));
    assertThat(tomcat.complaints()).isEmpty();
  }

  /** A server below /films and a cache of it below /video, in one Tomcat. */
  private record Applications(ForeignTomcat tomcat, Path film, Path descriptors) {

    void write(Path media, Path state, Path blocks) throws IOException {
      Files.writeString(descriptors.resolve("films.xml"), tomcat.serverDescriptor(media, state));
      Files.writeString(
          descriptors.resolve("video.xml"),
          tomcat
              .cacheDescriptor(blocks, tomcat.authority() + "/films")
              .replace(" -P 8080 ", " --cluster-port 8082 -P 8080 "));
    }

    void comeAndGo(boolean underLoad) throws IOException {
      tomcat.manager().deploy("/films", descriptors.resolve("films.xml"));
      tomcat.manager().deploy("/video", descriptors.resolve("video.xml"));
      Waiting.untilAsserted(
          tomcat + " has the film",
          () ->
              assertThat(
                      viewer.get(tomcat.url("/video/film.mp4"), "Range", "bytes=0-99999").status())
                  .isEqualTo(206));
      List<RawHttp> viewers = new ArrayList<>();
      if (underLoad) {
        for (String path : List.of("/films/film.mp4", "/video/film.mp4")) {
          for (int i = 0; i < 4; i++) {
            viewers.add(watching(path));
          }
        }
      }
      tomcat.manager().undeploy("/video");
      tomcat.manager().undeploy("/films");
      for (RawHttp watching : viewers) {
        try (watching) {
          seesRightBytesToAnEnd(watching);
        }
      }
    }

    private RawHttp watching(String path) throws IOException {
      RawHttp connection = new RawHttp(tomcat);
      connection.send("GET " + path + " HTTP/1.1", "Connection: close");
      assertThat(connection.head().status()).isEqualTo(200);
      assertThat(connection.exactly(TAKEN_BYTES)).isEqualTo(Media.read(film, 0, TAKEN_BYTES));
      return connection;
    }

    /** What was handed to the kernel still comes; then the connection ends, whole or not. */
    private void seesRightBytesToAnEnd(RawHttp watching) {
      byte[] rest = rest(watching);
      assertThat(rest.length).isLessThanOrEqualTo(FILM_BYTES - TAKEN_BYTES);
      assertThat(Arrays.equals(rest, Media.read(film, TAKEN_BYTES, rest.length)))
          .as("what came after the application was taken away is the film's")
          .isTrue();
    }

    private static byte[] rest(RawHttp watching) {
      try {
        return watching.untilClosed(FILM_BYTES);
      } catch (IOException e) {
        return new byte[0]; // reset: an end too
      }
    }
  }
}
