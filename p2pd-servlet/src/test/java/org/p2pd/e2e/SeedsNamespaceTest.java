package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Namespaces;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.TypedNetwork;
import org.p2pd.e2e.lab.Waiting;

/**
 * The two commands of the seed documents, word for word, on machines with the addresses that they
 * name: the server 10.0.0.1, caches 10.0.0.2 to 10.0.0.5; and a viewer far away.
 */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
@EnabledIf(
    value = "org.p2pd.e2e.lab.Namespaces#available",
    disabledReason = "needs root, network namespaces and mount namespaces")
class SeedsNamespaceTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final String SERVER = "p2pd -i -p /mediafiles -P 8080";
  private static final String CACHE =
      "p2pd -c /cachefiles -A cdn.example.com -n -N -P 8080 -S 10.0.0.1";
  private static final String SUBNET_SPELLED_OUT =
      "p2pd -c /cachefiles -A cdn.example.com -n 0.0.0.0/0 -N -P 8080 -S 10.0.0.1";
  private static final String CLOSED_CACHE =
      "p2pd -c /cachefiles -A cdn.example.com -n -P 8080 -S 10.0.0.1";
  private static final List<String> OPEN_CACHES = List.of("10.0.0.2", "10.0.0.3", "10.0.0.4");
  private static final String CLOSED = "10.0.0.5";
  private static final List<String> ALL =
      List.of("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5");

  private static TypedNetwork machines;
  private static Namespaces network;
  private static String sha256;

  @BeforeAll
  static void buildTheNetworkOfTheSeeds() throws IOException {
    machines = new TypedNetwork(lab, "");
    network = machines.network();
    machines.hosts(
        String.join("", OPEN_CACHES.stream().map(c -> c + " cdn.example.com\n").toList()));
    Path film = machines.media().resolve("movie.mpg");
    sha256 = Media.sha256(Media.random(film, 5L * Media.MIB, 1));
    for (String address : ALL) {
      network.machine(address, address + "/24");
      network.route(address, "198.51.100.0/24");
    }
    network.machine("viewer", "198.51.100.7/24");
    network.route("viewer", "10.0.0.0/24");
    machines.start("10.0.0.1", SERVER);
    machines.start("10.0.0.2", CACHE);
    machines.start("10.0.0.3", CACHE);
    machines.start("10.0.0.4", SUBNET_SPELLED_OUT);
    machines.start(CLOSED, CLOSED_CACHE);
    for (String cache : OPEN_CACHES) {
      awaitStatus(cache, cache, "/movie.mpg", 200);
    }
    awaitStatus(CLOSED, "127.0.0.1", "/movie.mpg", 200);
  }

  @AfterAll
  static void end() throws Exception {
    if (machines != null) {
      machines.close();
    }
  }

  @Test
  void aViewerFarAwayIsServedByEachCache() {
    for (String cache : OPEN_CACHES) {
      Path got = lab.directory("got").resolve(cache);
      Tool.Result curl =
          fromTheViewer(cache, "/movie.mpg", "-o", got.toString(), "-w", "%{http_code}");
      assertThat(curl.output()).isEqualTo("200");
      assertThat(Media.sha256(got)).isEqualTo(sha256);
    }
  }

  @Test
  void andRefusedByTheServerAndByACacheThatIsNotOpen() {
    for (String address : List.of("10.0.0.1", CLOSED)) {
      assertThat(statusFromTheViewer(address, "/movie.mpg")).as(address).isEqualTo("403");
      assertThat(statusFromTheViewer(address, "/no-such.mpg")).as(address).isEqualTo("403");
    }
  }

  @Test
  void andByEveryResourceForNodesAndForAdministration() {
    for (String address : ALL) {
      assertThat(statusFromTheViewer(address, "/.p2pd/health")).isEqualTo("200");
      for (String target : List.of("/.p2pd/status", "/.p2pd/metrics")) {
        assertThat(statusFromTheViewer(address, target)).as(target).isIn("401", "403");
      }
      for (String target :
          List.of(
              "/.spp/v1/node",
              "/.spp/v1/catalogue?after=0&wait=0",
              "/.spp/v1/members",
              "/.spp/v1/holdings",
              "/.spp/v1/editions/" + "A".repeat(43))) {
        assertThat(statusFromTheViewer(address, target))
            .as(address + target)
            .isIn("400", "401", "403", "404");
      }
      assertThat(secretAskedByTheViewer(address)).as(address).isEqualTo("403");
    }
  }

  @Test
  void anotherNameIsMisdirected() {
    Tool.Result curl =
        network.in("viewer", "curl", "-s", "-w", "%{http_code}", "http://10.0.0.2:8080/movie.mpg");
    assertThat(curl.output()).endsWith("421").contains("cdn.example.com");
  }

  @Test
  void theCachesHaveFoundEachOther() {
    OPEN_CACHES.forEach(cache -> awaitView(cache, 3, 1));
  }

  private static void awaitView(String cache, int siblings, int parents) {
    Waiting.until(
        cache + " sees " + siblings + " siblings and " + parents + " parents",
        () -> {
          Path token = machines.cachefiles(cache).resolve("state/token");
          String bearer = "Authorization: Bearer " + Files.readString(token).strip();
          String status = curl(cache, "127.0.0.1", "/.p2pd/status", "-H", bearer).output();
          return inView("sibling", status) == siblings && inView("parent", status) == parents;
        });
  }

  @Test
  void aGroupThatWasSplitInTwoIsOneAgain() {
    List<String> caches = List.of("10.0.0.2", "10.0.0.3", "10.0.0.4", CLOSED);
    List<String> apart = List.of("10.0.0.4", CLOSED);
    caches.forEach(cache -> awaitView(cache, 3, 1));
    caches.forEach(cache -> assertThat(sha256At(cache)).as(cache).isEqualTo(sha256));
    network.splitOff(apart);
    try {
      List.of("10.0.0.2", "10.0.0.3").forEach(cache -> awaitView(cache, 1, 1));
      apart.forEach(cache -> awaitView(cache, 1, 0));
      caches.forEach(cache -> assertThat(sha256At(cache)).as(cache).isEqualTo(sha256));
    } finally {
      network.heal(apart);
    }
    long healed = System.nanoTime();
    caches.forEach(cache -> awaitView(cache, 3, 1));
    lab.figure(
        "a group of five that was split in two is one again after",
        (System.nanoTime() - healed) / 1_000_000 + " ms");
  }

  /** What a viewer on that machine itself gets. */
  private static String sha256At(String cache) {
    Path got = lab.directory("got-" + cache).resolve("movie.mpg");
    curl(cache, "127.0.0.1", "/movie.mpg", "-f", "-o", got.toString()).expectSuccess();
    return Media.sha256(got);
  }

  private static long inView(String relation, String status) {
    return Pattern.compile("\"relation\" : \"" + relation + "\",\\s+\"address\"")
        .matcher(status)
        .results()
        .count();
  }

  @Test
  void twoPortsAreOpenOnEachMachine() {
    for (String machine : ALL) {
      List<String> ports =
          network
              .in(machine, "ss", "-Hltun")
              .output()
              .lines()
              .map(
                  line ->
                      Splitter.on(CharMatcher.whitespace())
                          .omitEmptyStrings()
                          .splitToList(line)
                          .get(4))
              .map(address -> address.substring(address.lastIndexOf(':') + 1))
              .distinct()
              .sorted()
              .toList();
      assertThat(ports).as(machine).containsExactly("8080", "8081");
    }
  }

  @Test
  void thePortBetweenCachesTellsAStrangerNothing() {
    for (String machine : ALL) {
      String talk =
          "exec 3<>/dev/tcp/" + machine + "/8081; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3";
      String said = network.in("viewer", "timeout", "20", "bash", "-c", talk).output();
      assertThat(said.length()).as("a TLS alert at most").isLessThan(16);
      Tool.Result secured =
          network.in("viewer", "curl", "-sk", "-m", "20", "https://" + machine + ":8081/");
      assertThat(secured.exit()).as("curl over TLS").isNotZero();
      assertThat(secured.output()).isEmpty();
    }
  }

  private static String secretAskedByTheViewer(String address) {
    String key = "A".repeat(43);
    return fromTheViewer(
            address,
            "/.spp/v1/secret",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-H",
            "Content-Type: application/json",
            "-d",
            "{\"version\":1,\"key\":\""
                + key
                + "\",\"nonce\":\""
                + key
                + "\",\"port\":8080,\"path\":\"\"}")
        .output();
  }

  private static String statusFromTheViewer(String address, String target) {
    return fromTheViewer(address, target, "-o", "/dev/null", "-w", "%{http_code}").output();
  }

  private static Tool.Result fromTheViewer(String address, String target, String... words) {
    return curl("viewer", address, target, words);
  }

  private static Tool.Result curl(String from, String address, String target, String... words) {
    List<String> command =
        new ArrayList<>(List.of("curl", "-s", "--resolve", "cdn.example.com:8080:" + address));
    command.addAll(List.of(words));
    command.add("http://cdn.example.com:8080" + target);
    return network.in(from, command.toArray(String[]::new));
  }

  private static void awaitStatus(String from, String address, String target, int status) {
    Waiting.until(
        address + " answers " + status,
        () -> {
          assertThat(machines.isRunning(from)).as(machines.log(from)).isTrue();
          return curl(from, address, target, "-o", "/dev/null", "-w", "%{http_code}")
              .output()
              .equals(Integer.toString(status));
        });
  }
}
