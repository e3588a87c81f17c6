package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.p2pd.e2e.lab.War;

/** The war in a Tomcat that is not ours: deployed, used, and taken away again. */
@Tag("e2e")
@ExtendWith(ArquillianExtension.class)
class ContainerTest {

  private static final int PORT = Integer.getInteger("p2pd.container.port", 18_087);
  private static final Path DIRECTORY = temporaryDirectory();

  @ArquillianResource private Deployer deployer;

  /** The war as it is, with what an administrator says in a context file. */
  @Deployment(name = "video", managed = false, testable = false)
  static WebArchive server() {
    return war("video.war")
        .addAsManifestResource(
            new StringAsset(
                "<Context><Parameter name='p2pd.options' value=\"-p '"
                    + DIRECTORY
                    + "/media' --state '"
                    + DIRECTORY
                    + "/state' -P "
                    + PORT
                    + " --settle 0s\"/></Context>"),
            "context.xml");
  }

  /** The war as it is, without a word of what it is to do. */
  @Deployment(name = "untold", managed = false, testable = false)
  static WebArchive untold() {
    return war("untold.war");
  }

  private static WebArchive war(String name) {
    return ShrinkWrap.create(WebArchive.class, name)
        .as(ZipImporter.class)
        .importFrom(War.path().toFile())
        .as(WebArchive.class);
  }

  private static Path temporaryDirectory() {
    try {
      Path directory = Files.createTempDirectory("p2pd-container-");
      Files.createDirectory(directory.resolve("media"));
      Files.writeString(directory.resolve("media/hello.txt"), "hello");
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HttpURLConnection get(String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + PORT + path).toURL().openConnection();
    connection.setRequestProperty("Connection", "close");
    return connection;
  }

  private static int status(String path) throws IOException {
    return get(path).getResponseCode();
  }

  private static Set<String> ownThreads() {
    return threads("p2pd-");
  }

  private static Set<String> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith(prefix))
        .collect(Collectors.toSet());
  }

  @Test
  void servesInAContainerAndLeavesNoThread() throws IOException {
    Set<String> before = ownThreads();
    deployer.deploy("video");
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> status("/video/hello.txt") == 200);
      HttpURLConnection title = get("/video/hello.txt");
      assertThat(new String(title.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("hello");
      assertThat(title.getHeaderField("ETag")).startsWith("\"");
      assertThat(status("/video/nothing.txt")).isEqualTo(404);
      assertThat(status("/video/.p2pd/health")).isEqualTo(200);
      for (String page : List.of("/video/", "/video/.play/", "/video/.play/hello.txt")) {
        assertThat(new String(get(page).getInputStream().readAllBytes(), StandardCharsets.UTF_8))
            .contains("<base href=\".");
      }
      assertThat(status("/video/.web/player.js")).isEqualTo(200);
      assertThat(status("/video/.web/titles")).isEqualTo(403);
      assertThat(status("/video/org/p2pd/launcher/Main.class")).isEqualTo(404);
      assertThat(status("/video/WEB-INF/web.xml")).isEqualTo(404);
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(
              () ->
                  assertThat(DIRECTORY.resolve("state/address"))
                      .content()
                      .isEqualTo("http://127.0.0.1:" + PORT + "/video\n"));
    } finally {
      deployer.undeploy("video");
    }
    assertThat(ownThreads()).isEqualTo(before);
    assertThat(threads("JNA")).isEmpty();
    assertThat(DIRECTORY.resolve("state/address")).doesNotExist();
  }

  @Test
  void withoutOptionsLeavesEverythingUntouched() throws IOException {
    Set<String> before = ownThreads();
    deployer.deploy("untold");
    try {
      assertThat(status("/untold/hello.txt")).isEqualTo(404);
      assertThat(status("/untold/org/p2pd/launcher/Main.class")).isEqualTo(404);
      assertThat(ownThreads()).isEqualTo(before);
    } finally {
      deployer.undeploy("untold");
    }
  }
}
