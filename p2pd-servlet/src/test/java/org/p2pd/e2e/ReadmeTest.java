package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Repository;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.TypedNetwork;
import org.p2pd.e2e.lab.Waiting;

/**
 * The README's part "Five machines", read from the README and done: its commands on machines with
 * the addresses that it names, its DNS records as the viewers' hosts file.
 */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
@EnabledIf(
    value = "org.p2pd.e2e.lab.Namespaces#available",
    disabledReason = "needs root, network namespaces and mount namespaces")
class ReadmeTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Pattern ADDRESS = Pattern.compile("10\\.0\\.0\\.[0-9]+");
  private static final Pattern RECORD =
      Pattern.compile("(?m)^(\\S+)\\.\\s+[0-9]+\\s+IN\\s+A\\s+(\\S+)$");
  private static final Pattern OPEN_PORT =
      Pattern.compile("\\| port ([0-9]+) of ([a-z ]+?)(?: \\(.*?\\))? \\| ([a-z ]+) \\|");
  private static final String VIEWER = "viewer";

  /** A comment and what stands below it, indented as code. */
  private record Step(String comment, List<String> lines) {

    /** The machines that the comment names. */
    List<String> machines() {
      return ADDRESS.matcher(comment).results().map(MatchResult::group).toList();
    }
  }

  private static String part() throws IOException {
    String readme = Files.readString(Repository.file("README.md"));
    String part = readme.substring(readme.indexOf("\n## Five machines\n") + 1);
    return part.substring(0, part.indexOf("\n## "));
  }

  private static List<Step> fiveMachines() throws IOException {
    List<Step> steps = new ArrayList<>();
    for (String line :
        part().lines().filter(l -> l.startsWith("    ")).map(String::strip).toList()) {
      if (line.startsWith("# ")) {
        steps.add(new Step(line, new ArrayList<>()));
      } else {
        steps.get(steps.size() - 1).lines().add(line);
      }
    }
    return steps;
  }

  private static Step step(List<Step> steps, String words) {
    return steps.stream().filter(step -> step.comment().contains(words)).findFirst().orElseThrow();
  }

  private static Step lastStep(List<Step> steps, String words) {
    return steps.stream()
        .filter(step -> step.comment().contains(words))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private static TypedNetwork build(String prefix, List<Step> steps) throws IOException {
    TypedNetwork machines = new TypedNetwork(lab, prefix);
    List<String> all = new ArrayList<>(step(steps, "the server").machines());
    all.addAll(step(steps, "the caches").machines());
    assertThat(all).as("there are five").hasSize(5).doesNotHaveDuplicates();
    for (String address : all) {
      machines.network().machine(address, address + "/24");
      machines.network().route(address, "198.51.100.0/24");
    }
    machines.network().machine(VIEWER, "198.51.100.7/24");
    machines.network().route(VIEWER, "10.0.0.0/24");
    Matcher record = RECORD.matcher(String.join("\n", step(steps, "DNS").lines()));
    StringBuilder hosts = new StringBuilder();
    while (record.find()) {
      hosts.append(record.group(2)).append(' ').append(record.group(1)).append('\n');
    }
    assertThat(hosts.toString().lines()).as("each cache has its record").hasSize(4);
    machines.hosts(hosts.toString());
    closeFirewalls(machines, steps);
    return machines;
  }

  /** What the README says is let through, and no other connection or datagram. */
  private static void closeFirewalls(TypedNetwork machines, List<Step> steps) throws IOException {
    List<String> server = step(steps, "the server").machines();
    List<String> caches = step(steps, "the caches").machines();
    Map<String, List<String>> groups =
        Map.of("the server", server, "the caches", caches, "all five", both(server, caches));
    List<MatchResult> rows = OPEN_PORT.matcher(part()).results().toList();
    assertThat(rows).hasSize(3);
    for (String machine : both(server, caches)) {
      StringBuilder rules = new StringBuilder("iifname lo accept\n");
      rules.append("tcp flags & (syn | ack) != syn accept\n");
      for (MatchResult row : rows) {
        if (groups.get(row.group(2)).contains(machine)) {
          String from =
              row.group(3).equals("everyone")
                  ? ""
                  : "ip saddr { " + String.join(", ", groups.get(row.group(3))) + " } ";
          rules.append(from).append("tcp dport ").append(row.group(1)).append(" accept\n");
        }
      }
      rules.append("meta l4proto { tcp, udp } drop\n");
      Path file = machines.home(machine).resolve("firewall");
      Files.writeString(
          file,
          "table inet p2pd { chain in { type filter hook input priority 0\n" + rules + "}\n}\n");
      List<String> command = new ArrayList<>(machines.network().on(machine));
      command.addAll(List.of(Tool.require("nft"), "-f", file.toString()));
      Tool.run(command.toArray(String[]::new)).expectSuccess();
    }
  }

  private static List<String> both(List<String> some, List<String> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  @Test
  void itsCommandsMakeANetworkThatDeliversAFilm() throws Exception {
    List<Step> steps = fiveMachines();
    try (TypedNetwork machines = build("", steps)) {
      for (Step step : List.of(step(steps, "the server"), step(steps, "the caches"))) {
        for (String machine : step.machines()) {
          machines.start(machine, only(step));
        }
      }
      Step copy = step(steps, "the first film");
      String server = step(steps, "the server").machines().get(0);
      Path film = Media.random(machines.home(server).resolve("movie.mp4"), 5L * Media.MIB, 1);
      machines.run(server, only(copy));
      awaitFilm(machines, steps);
      machines.run(VIEWER, only(step(steps, "anywhere")));
      assertThat(Media.sha256(machines.home(VIEWER).resolve("movie.mp4")))
          .isEqualTo(Media.sha256(film));
      for (String cache : step(steps, "the caches").machines()) {
        assertThat(machines.log(cache)).as(cache).doesNotContain("ERROR");
        Waiting.untilAsserted(
            cache + " sees the others",
            () ->
                assertThat(machines.run(cache, "p2pd status -c /cachefiles"))
                    .contains("\"serving\"")
                    .contains(step(steps, "the server").machines())
                    .contains(
                        step(steps, "the caches").machines().stream()
                            .filter(other -> !other.equals(cache))
                            .map(other -> "http://" + other + ":8080")
                            .toList()));
      }
    }
  }

  @Test
  void andWithASecretOfOnesOwn() throws Exception {
    List<Step> steps = fiveMachines();
    try (TypedNetwork machines = build("secret-", steps)) {
      machines.run(VIEWER, only(step(steps, "copy the file to each machine")));
      Path secret = machines.home(VIEWER).resolve("p2pd.secret");
      Media.random(machines.media().resolve("movie.mp4"), Media.MIB, 1);
      Step servers = lastStep(steps, "the server");
      Step caches = lastStep(steps, "the caches");
      String server = servers.machines().get(0);
      String cache = caches.machines().get(0);
      String stranger = caches.machines().get(1);
      for (String machine : List.of(server, cache)) {
        Files.copy(secret, machines.home(machine).resolve("p2pd.secret"));
      }
      machines.start(server, only(servers));
      machines.start(cache, only(caches));
      machines.start(stranger, only(step(steps, "the caches"))); // without the secret
      Waiting.until("the film is there", () -> film(machines, cache).equals("200"));
      assertThat(machines.log(cache)).doesNotContain("in the clear");
      Waiting.until("it says why", () -> machines.log(stranger).contains("p2pd secret"));
      assertThat(film(machines, stranger)).isEqualTo("503");
    }
  }

  private static String only(Step step) {
    assertThat(step.lines()).as(step.comment()).hasSize(1);
    return step.lines().get(0);
  }

  private static void awaitFilm(TypedNetwork machines, List<Step> steps) {
    for (String cache : step(steps, "the caches").machines()) {
      Waiting.until(cache + " has the film", () -> film(machines, cache).equals("200"));
    }
  }

  /** The status that a viewer gets from that cache. */
  private static String film(TypedNetwork machines, String cache) {
    return machines.run(
        VIEWER,
        "curl -sI -o /dev/null -w '%{http_code}' --resolve cdn.example.com:8080:"
            + cache
            + " http://cdn.example.com:8080/movie.mp4");
  }
}
