package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.HaProxy;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/**
 * The seeds' second scenario: two independent servers with identical files, which know nothing of
 * each other, behind one address that HAProxy holds with the configuration that is shipped.
 */
@Tag("e2e")
class BalancerTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 64 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  private static Path film;
  private static Node one;
  private static Node two;
  private static HaProxy balancer;

  @BeforeAll
  static void start() throws IOException {
    assumeTrue(Privileges.mayMount(), "HAProxy's configuration has it started as root");
    film = Media.random(lab.directory("one").resolve("movie.mpg"), LENGTH, 1);
    Files.copy(film, lab.directory("two").resolve("movie.mpg"));
    one = server("one");
    two = server("two");
    one.awaitTitle("/movie.mpg");
    two.awaitTitle("/movie.mpg");
    balancer = new HaProxy(lab, one, two);
    Waiting.until("it answers", () -> viewer.get(film(""), range(0, 0)).status() == 206);
  }

  private static Node server(String name) {
    return lab.server(name, lab.directory(name))
        .without("-i")
        .option("-N")
        .option("--trusted-proxy", "127.0.0.1")
        .option("--access-log", accessLog(name).toString())
        .option("--drain", "60s")
        .start();
  }

  private static Path accessLog(String name) {
    return lab.directory("logs").resolve(name + ".log");
  }

  private static URI film(String query) {
    return URI.create(balancer.url("/movie.mpg") + query);
  }

  private static String[] range(long first, long last) {
    return new String[] {"Range", "bytes=" + first + "-" + last};
  }

  private static RawHttp connect() throws IOException {
    return new RawHttp(new Socket(), balancer.address(), balancer.port(), "films.example");
  }

  /** Whether its access log has a request that ends so. */
  private static boolean logged(Node node, String query) throws IOException {
    return Files.readString(accessLog(node.name())).contains(query + " ");
  }

  @Test
  void aDownloadGoesOnAtTheOtherServerWhenItsOwnDiesDrainsAndComesBack() throws Exception {
    assertThat(balancer.user()).isEqualTo("haproxy");
    assertThat(viewer.get(balancer.url("/.p2pd/health")).status()).isEqualTo(403);
    assertThat(viewer.get(balancer.url("/.p2pd/status")).status()).isEqualTo(403);

    // Both take part.
    Set<String> served = new HashSet<>();
    for (int i = 0; served.size() < 2 && i < 100; i++) {
      viewer.get(balancer.url("/movie.mpg"), range(i, i));
      for (Node node : new Node[] {one, two}) {
        if (logged(node, "/movie.mpg")) {
          served.add(node.name());
        }
      }
    }
    assertThat(served).hasSize(2);

    // One is killed in the middle of a download: the viewer asks again where it stopped.
    String tag;
    byte[] begun;
    Node first;
    try (RawHttp download = connect()) {
      download.send("GET /movie.mpg?first HTTP/1.1");
      RawHttp.Head head = download.head();
      assertThat(head.contentLength()).isEqualTo(LENGTH);
      tag = head.header("ETag");
      begun = download.exactly(Media.MIB);
      first = whoIsSending();
      first.kill();
      int more = download.untilClosed(LENGTH).length;
      assertThat(Media.MIB + more).as("cut, not padded").isLessThan(LENGTH);
    }
    assertThat(begun).isEqualTo(Media.read(film, 0, Media.MIB));
    Viewer.Answer rest =
        viewer.get(
            balancer.url("/movie.mpg"), "Range", "bytes=" + Media.MIB + "-", "If-Range", tag);
    assertThat(rest.status()).as("the other server has the same entity tag").isEqualTo(206);
    assertThat(rest.body()).isEqualTo(Media.read(film, Media.MIB, LENGTH - Media.MIB));

    // It comes back, and is asked again.
    first.start();
    first.awaitTitle("/movie.mpg");
    Node other = first == one ? two : one;
    Waiting.until(
        "it takes part again",
        () -> {
          viewer.get(film("?back"), range(1, 1));
          return logged(first, "/movie.mpg?back");
        });

    // The other one drains with a viewer in the middle: that one is finished, new ones go
    // elsewhere.
    try (RawHttp slow = connectedTo(other)) {
      other.askToStop();
      Waiting.until(
          "it tells the balancer", () -> viewer.get(other, "/.p2pd/health").status() == 503);
      for (int i = 0; i < 20; i++) {
        Viewer.Answer answer = viewer.get(film("?drained"), range(i, i));
        assertThat(answer.status()).as("no viewer sees it").isEqualTo(206);
      }
      assertThat(logged(first, "/movie.mpg?drained")).isTrue();
      slow.expectRestOf(film, Media.MIB);
    }
    assertThat(other.awaitExit()).isZero();

    // One hangs: it is taken out, and everybody is served by the one that came back.
    other.start();
    other.awaitTitle("/movie.mpg");
    first.freeze();
    Waiting.until("nobody meets the one that hangs", () -> tenAreServedSoon());
    first.kill();
  }

  private static boolean tenAreServedSoon() {
    for (int i = 0; i < 10; i++) {
      String status =
          Tool.run("curl", "-sf", "-m", "10", "-r", "0-0", film("?hangs").toString()).output();
      if (status.isEmpty()) {
        return false;
      }
    }
    return true;
  }

  /** The one that has a response under way. */
  private static Node whoIsSending() {
    Waiting.until("one of them is sending", () -> streaming(one) + streaming(two) > 0);
    return streaming(one) > 0 ? one : two;
  }

  private static int streaming(Node node) {
    return node.isRunning() ? node.status().json().path("streaming").asInt() : 0;
  }

  /** A download through the balancer, of which a MiB was read, that this server sends. */
  private static RawHttp connectedTo(Node wanted) throws IOException {
    for (int i = 0; i < 100; i++) {
      RawHttp download = connect();
      download.send("GET /movie.mpg?slow HTTP/1.1");
      download.head();
      download.exactly(Media.MIB);
      if (whoIsSending() == wanted) {
        return download;
      }
      download.close();
    }
    throw new AssertionError("the balancer never asked " + wanted);
  }
}
