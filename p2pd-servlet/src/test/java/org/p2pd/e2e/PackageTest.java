package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p2pd.e2e.lab.Deb;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Machine;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.UnitFile;
import org.p2pd.e2e.lab.Waiting;
import org.p2pd.e2e.lab.War;

/**
 * The Debian package on a machine where nothing is the first process that knows of units: installed
 * by apt, its units' own command lines run as their user, upgraded, removed, purged.
 */
@Tag("e2e")
class PackageTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final List<String> UNITS = List.of("p2pd-server.service", "p2pd-cache.service");

  private static Machine machine;

  @BeforeAll
  static void install() throws IOException {
    String whyNot = Machine.whyNot().orElse("");
    assumeTrue(whyNot.isEmpty(), whyNot);
    machine = lab.closing(Machine.bare(lab.directory("first")));
    installOn(machine, "first");
  }

  private static Tool.Result installOn(Machine machine, String name) throws IOException {
    Path shared = lab.directory(name + "/shared");
    Files.copy(
        Deb.path(), shared.resolve("p2pd_first_all.deb"), StandardCopyOption.REPLACE_EXISTING);
    return apt(machine, "install", Machine.SHARED + "/p2pd_first_all.deb").expectSuccess();
  }

  private static Tool.Result apt(Machine machine, String... words) {
    List<String> command = new ArrayList<>(List.of("apt-get", "-y", "-q"));
    command.addAll(Arrays.asList(words));
    return machine.online(command.toArray(String[]::new));
  }

  @Test
  void thePackageHasNoErrorOfDebiansPolicy() {
    Tool.Result lintian =
        Tool.run(Tool.require("lintian"), "--fail-on", "error,warning", Deb.path().toString());
    assertThat(lintian.exit()).as(lintian.toString()).isZero();
  }

  @Test
  void theLicenceOfEachLibraryInTheWarIsNamed() throws IOException {
    String copyright = machine.shell("cat /usr/share/doc/p2pd/copyright").expectSuccess().output();
    List<PathMatcher> named =
        copyright
            .lines()
            .filter(line -> line.startsWith("Files: WEB-INF") || line.startsWith(" WEB-INF"))
            .flatMap(line -> Arrays.stream(line.replace("Files:", "").strip().split(" ", -1)))
            .map(glob -> FileSystems.getDefault().getPathMatcher("glob:" + glob))
            .toList();
    try (ZipFile war = new ZipFile(War.path().toFile())) {
      assertThat(war.stream().map(entry -> Path.of(entry.getName())))
          .filteredOn(file -> file.toString().matches(".*(\\.jar|\\.min\\.js)"))
          .filteredOn(file -> !file.getFileName().toString().startsWith("p2pd-"))
          .isNotEmpty()
          .allMatch(file -> named.stream().anyMatch(glob -> glob.matches(file)));
    }
  }

  @Test
  void itHasAUserAndDirectoriesForIt() {
    assertThat(machine.shell("getent passwd p2pd").expectSuccess().output())
        .endsWith(":/var/lib/p2pd:/usr/sbin/nologin\n");
    assertThat(
            machine
                .shell(
                    "stat -c '%n %U %G %a' /mediafiles /cachefiles /var/lib/p2pd /var/cache/p2pd"
                        + " /var/log/p2pd /etc/p2pd /etc/p2pd/*")
                .expectSuccess()
                .output())
        .isEqualTo(
            """
            /mediafiles root root 755
            /cachefiles p2pd p2pd 750
            /var/lib/p2pd p2pd p2pd 750
            /var/cache/p2pd p2pd p2pd 750
            /var/log/p2pd p2pd p2pd 750
            /etc/p2pd root root 755
            /etc/p2pd/cache.conf root root 644
            /etc/p2pd/server.conf root root 644
            """);
  }

  @Test
  void nothingIsEnabledBeforeItsOwnerSaysWhatTheMachineIs() {
    assertThat(machine.shell("systemctl is-enabled " + String.join(" ", UNITS)).output())
        .isEqualTo("disabled\ndisabled\n");
  }

  @Test
  void theManualIsFoundAndItsTypesettingHasNoWarning() {
    assertThat(machine.run("man", "-w", "p2pd").expectSuccess().output())
        .isEqualTo("/usr/share/man/man8/p2pd.8.gz\n");
    Tool.Result page = machine.shell("man --warnings=w p2pd | cat").expectSuccess();
    assertThat(page.errors()).isEmpty();
    assertThat(page.output())
        .contains("content distribution network")
        .contains("systemctl edit p2pd-cache")
        .contains("journalctl -u p2pd-server")
        .contains("--http-clients [SUBNET]")
        .contains("90 % of free");
  }

  @ParameterizedTest
  @CsvSource({
    "--cluster, --cluster-port",
    "--http-clients ::/0 --ad, --admin --advertise",
    "-m SHA3, SHA3-256",
    "sta, status",
    "status --st, --state",
    "-c /usr/share/p2, /usr/share/p2pd",
    "--secret-file /etc/p2pd/se, /etc/p2pd/server.conf",
  })
  void bashCompletes(String written, String completion) {
    String words = "p2pd " + written;
    String script =
        // compopt is refused where nobody has pressed a key
        "compopt() { :; }; . /usr/share/bash-completion/completions/p2pd; COMP_WORDS=("
            + words
            + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE='"
            + words
            + "'; COMP_POINT=${#COMP_LINE}; $(complete -p p2pd | sed 's/.*-F \\([^ ]*\\).*/\\1/');"
            + " echo $(printf '%s\\n' \"${COMPREPLY[@]}\" | sort)";
    Tool.Result completed = machine.run("bash", "-c", script).expectSuccess();
    assertThat(completed.errors()).isEmpty();
    assertThat(completed.output().strip()).isEqualTo(completion);
  }

  @Test
  void systemdFindsNoMistakeInTheUnits() {
    for (String unit : UNITS) {
      Tool.Result verified = machine.run("systemd-analyze", "verify", "--man=yes", unit);
      assertThat(verified.exit()).as(verified.toString()).isZero();
      assertThat(verified.errors() + verified.output()).isEmpty();
      String exposure =
          machine
              .shell("systemd-analyze security --offline=true --no-pager " + unit + " | tail -n 2")
              .output();
      lab.figure(
          "exposure of " + unit, exposure.replaceAll(".*: ([0-9.]+ [A-Z]+).*", "$1").strip());
      assertThat(
              machine
                  .shell("systemd-analyze security --offline=true --threshold=20 " + unit)
                  .exit())
          .as(exposure)
          .isZero();
    }
  }

  /** What systemd would start, as far as it can be without systemd. */
  @Test
  void theUnitsCommandLinesServeWhatWasCopiedIn() throws Exception {
    Process server = start(machine, "p2pd-server.service", "server");
    machine
        .shell(
            "sed -i -e 's/^# -S .*/-S 127.0.0.1:8080/' -e 's/^-P .*/-P 8090/' /etc/p2pd/cache.conf")
        .expectSuccess();
    Process cache = start(machine, "p2pd-cache.service", "cache");
    machine.shell("head -c 3000000 /dev/urandom >/mediafiles/film.mp4").expectSuccess();
    awaitTheSameFilm(machine, 8090);

    assertThat(
            machine
                .shell("runuser -u p2pd -- p2pd @/etc/p2pd/cache.conf status")
                .expectSuccess()
                .output())
        .contains("\"role\" : \"cache\"");
    for (Process node : List.of(cache, server)) {
      assertThat(Machine.terminate(node)).isZero();
    }
    assertThat(machine.shell("ls /var/cache/p2pd/p2pd | wc -l").output().strip()).isEqualTo("1");
  }

  private static Process start(Machine where, String unit, String name) throws IOException {
    List<String> command = new ArrayList<>(where.on());
    command.addAll(UnitFile.of(unit).command());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Machine.logs("PackageTest").resolve(name + ".log").toFile())
        .start();
  }

  private static void awaitTheSameFilm(Machine where, int port) {
    Waiting.until(
        "the cache serves the film",
        Machine.PATIENCE,
        () ->
            where
                    .shell(
                        "curl -sf http://127.0.0.1:"
                            + port
                            + "/film.mp4 | cmp - /mediafiles/film.mp4")
                    .exit()
                == 0);
  }

  @Test
  void anUpgradeKeepsWhatItsOwnerWroteAndAPurgeTouchesNoMedia() throws Exception {
    try (Machine own = Machine.bare(lab.directory("second"))) {
      installOn(own, "second");
      Path shared = lab.directory("second/shared");
      Files.copy(
          Deb.newer(lab.directory("newer"), Deb.field("Version") + "+1"),
          shared.resolve("newer.deb"));
      own.shell("echo '-S 10.0.0.1 # mine' >>/etc/p2pd/cache.conf").expectSuccess();
      own.shell(
              "echo film >/mediafiles/film.mp4;"
                  + " runuser -u p2pd -- mkdir -p /var/cache/p2pd/p2pd/old;"
                  // what a node that was broken into might leave for root
                  + " mkdir -p /srv/precious/sub;"
                  + " runuser -u p2pd -- ln -s /srv/precious /var/cache/p2pd/p2pd/link")
          .expectSuccess();

      apt(own, "install", "-o", "Dpkg::Options::=--force-confold", Machine.SHARED + "/newer.deb")
          .expectSuccess();
      assertThat(own.shell("dpkg-query -W -f '${Version}' p2pd").output()).endsWith("+1");
      assertThat(own.shell("cat /etc/p2pd/cache.conf").output()).endsWith("-S 10.0.0.1 # mine\n");
      assertThat(own.shell("ls /var/cache/p2pd/p2pd; ls /srv/precious").output())
          .isEqualTo("sub\n");

      runBriefly(own);
      apt(own, "remove", "p2pd").expectSuccess();
      assertThat(own.shell("ls /etc/p2pd /var/lib/p2pd/node.key").expectSuccess().output())
          .contains("cache.conf", "server.conf", "node.key");
      assertThat(own.shell("command -v p2pd").exit()).isNotZero();

      own.shell("mkdir /var/lib/p2pd/films; echo film >/var/lib/p2pd/films/a.mp4").expectSuccess();
      Tool.Result purge = apt(own, "purge", "p2pd").expectSuccess();
      assertThat(purge.output()).contains("/var/lib/p2pd stays");
      assertThat(own.shell("cat /mediafiles/film.mp4 /var/lib/p2pd/films/a.mp4").output())
          .isEqualTo("film\nfilm\n");
      own.shell("rm -r /var/lib/p2pd").expectSuccess();
      assertThat(leftBehind(own)).isEmpty();
      assertThat(own.shell("ls -d /cachefiles").exit()).isNotZero();

      installOn(own, "second");
      assertThat(own.run("p2pd", "--version").expectSuccess().output()).startsWith("p2pd ");
      assertThat(own.shell("cat /etc/p2pd/cache.conf").output()).doesNotContain("mine");
    }
  }

  /** A server that leaves all that a server leaves, and a cache's directory with its label. */
  private static void runBriefly(Machine where) throws Exception {
    Process server = start(where, "p2pd-server.service", "brief-server");
    Waiting.until(
        "the server publishes",
        Machine.PATIENCE,
        () -> where.shell("curl -sfI http://127.0.0.1:8080/film.mp4").exit() == 0);
    where.shell(
        "sed -i -e 's/^-S .*/-S 127.0.0.1:8080/' -e 's/^-P .*/-P 8090/' /etc/p2pd/cache.conf");
    where.shell("runuser -u p2pd -- p2pd @/etc/p2pd/server.conf status").expectSuccess();
    Process cache = start(where, "p2pd-cache.service", "brief-cache");
    awaitTheSameFilm(where, 8090);
    for (Process node : List.of(server, cache)) {
      assertThat(Machine.terminate(node)).isZero();
    }
  }

  /** Files that differ from before the installation, have to do with p2pd, and are no media. */
  private static List<String> leftBehind(Machine where) {
    String found =
        where
            .shell(
                "cd "
                    + Machine.CHANGES
                    + " && find . -type c -prune -o"
                    + " \\( -name '*p2pd*' -o -user p2pd \\) -print -prune; ls -d /etc/p2pd")
            .output();
    return found.lines().toList();
  }
}
