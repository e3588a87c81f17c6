package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Deb;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Machine;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Waiting;

/**
 * The Debian package on a machine that systemd runs: its units in their sandbox, and what their
 * owner sees and does.
 */
@Tag("e2e")
class PackageUnderSystemdTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static int machines;

  private Machine machine;
  private Path shared;

  @BeforeEach
  void install() throws IOException {
    String whyNot = Machine.whyNot().orElse("");
    assumeTrue(whyNot.isEmpty(), whyNot);
    Path directory = lab.directory("machine-" + machines++);
    try {
      machine = Machine.withSystemd(directory);
    } catch (IllegalStateException e) {
      abort("this machine lets no second systemd run in it: " + e.getMessage());
    }
    shared = directory.resolve("shared");
    Files.copy(Deb.path(), shared.resolve("first.deb"));
    machine.online("apt-get", "-y", "-q", "install", Machine.SHARED + "/first.deb").expectSuccess();
    machine.shell(
        """
        for unit in p2pd-server p2pd-cache; do
          mkdir -p /etc/systemd/system/$unit.service.d
          printf '[Service]\\nEnvironment=P2PD_JAVA_OPTIONS=-Xmx256m\\n' \
            >/etc/systemd/system/$unit.service.d/heap.conf
        done
        systemctl daemon-reload
        sed -i -e 's/^# -S .*/-S 127.0.0.1:8080/' -e 's/^-P .*/-P 8090/' /etc/p2pd/cache.conf
        head -c 3000000 /dev/urandom >/mediafiles/film.mp4
        """);
  }

  @AfterEach
  void takeItDown() throws IOException {
    if (machine != null) {
      Path kept = Machine.logs("PackageUnderSystemdTest");
      Files.writeString(
          kept.resolve("machine-" + machines + ".log"),
          machine.shell("journalctl --no-pager -o short-precise").output());
      machine.close();
    }
  }

  private void awaitTheFilm() {
    Waiting.until(
        "the cache serves the film",
        Machine.PATIENCE,
        () ->
            machine
                    .shell("curl -sf http://127.0.0.1:8090/film.mp4 | cmp - /mediafiles/film.mp4")
                    .exit()
                == 0);
  }

  private String journal(String unit) {
    return machine.shell("journalctl -u " + unit + " -o cat --no-pager").output();
  }

  private String property(String unit, String name) {
    return machine.run("systemctl", "show", "-P", name, unit).expectSuccess().output().strip();
  }

  @Test
  void serverAndCacheServeInTheirSandbox() {
    machine.run("systemctl", "enable", "--now", "p2pd-server", "p2pd-cache").expectSuccess();

    awaitTheFilm();
    assertThat(journal("p2pd-server")).contains("this is a server, publishing /mediafiles");
    // JNA's native library could be unpacked and loaded: otherwise the end of copies is not seen.
    assertThat(journal("p2pd-server")).doesNotContain("WARN  publish");
    String pid = property("p2pd-cache", "MainPID");
    assertThat(
            machine.shell("grep -E '^(Uid|NoNewPrivs|Seccomp):' /proc/" + pid + "/status").output())
        .matches("Uid:\\s+([1-9][0-9]*\\s+)+NoNewPrivs:\\s+1\\s+Seccomp:\\s+2\\s+");
    assertThat(
            machine.shell("nsenter -t " + pid + " -m sh -c 'touch /mediafiles/x /usr/x'").errors())
        .contains("'/mediafiles/x': Read-only file system")
        .contains("'/usr/x': Read-only file system");
    // As many open files as the machine lets a process have.
    assertThat(
            machine.shell("awk '/open files/ { print $4-$5 }' /proc/" + pid + "/limits").output())
        .isEqualTo("0\n");

    // Both end by themselves, well within systemd's patience.
    machine.run("systemctl", "stop", "p2pd-cache", "p2pd-server").expectSuccess();
    for (String unit : new String[] {"p2pd-cache", "p2pd-server"}) {
      assertThat(property(unit, "Result")).isEqualTo("success");
      assertThat(journal(unit)).contains("node: ended");
    }
  }

  @Test
  void aNodeThatIsKilledIsStartedAnew() {
    machine.run("systemctl", "start", "p2pd-server", "p2pd-cache").expectSuccess();
    awaitTheFilm();
    machine.run("systemctl", "kill", "-s", "KILL", "p2pd-cache").expectSuccess();

    Waiting.until("a new start", () -> property("p2pd-cache", "NRestarts").equals("1"));
    awaitTheFilm();
  }

  @Test
  void wrongOptionsAreSaidOnceAndNotTriedAgain() {
    machine.shell("sed -i 's/^-S .*//' /etc/p2pd/cache.conf").expectSuccess();

    Tool.Result start = machine.run("systemctl", "start", "p2pd-cache");
    assertThat(start.exit()).isNotZero();
    assertThat(start.errors()).contains("journalctl");
    assertThat(journal("p2pd-cache"))
        .contains("add -S HOST")
        .contains("its options are in /etc/p2pd/cache.conf");
    assertThat(property("p2pd-cache", "ActiveState")).isEqualTo("failed");
    assertThat(property("p2pd-cache", "ExecMainStatus")).isEqualTo("2");
    assertThat(property("p2pd-cache", "NRestarts")).isEqualTo("0");
  }

  @Test
  void anotherCacheDirectoryServesOnceItsOwnerDidWhatTheLogSays() {
    machine.shell("sed -i \"s,^-c .*,-c '/data/my cache',\" /etc/p2pd/cache.conf").expectSuccess();
    machine.run("systemctl", "start", "p2pd-server").expectSuccess();
    assertThat(machine.run("systemctl", "start", "p2pd-cache").exit()).isNotZero();
    assertThat(property("p2pd-cache", "ExecMainStatus")).isEqualTo("3");
    assertThat(property("p2pd-cache", "NRestarts")).isEqualTo("0");
    String log = journal("p2pd-cache");
    assertThat(log)
        .contains("sudo install -d -o p2pd '/data/my cache'")
        .contains("sudo systemctl edit p2pd-cache, with these two lines\n[Service]\n")
        .contains("\nthen sudo systemctl restart p2pd-cache\n");

    // Word for word what it says, but for the editor.
    machine.shell("install -d -o p2pd '/data/my cache'").expectSuccess();
    String lines = log.substring(log.indexOf("[Service]"), log.lastIndexOf("then sudo"));
    machine
        .shell(
            "cat >/etc/systemd/system/p2pd-cache.service.d/override.conf <<'END'\n" + lines + "END")
        .expectSuccess();
    machine.shell("systemctl daemon-reload && systemctl restart p2pd-cache").expectSuccess();
    awaitTheFilm();
    assertThat(machine.shell("ls '/data/my cache'").output()).contains("editions");
  }

  @Test
  void anUpgradeRestartsWhatRunsAndNothingElse() throws IOException {
    Files.move(
        Deb.newer(lab.directory("newer"), Deb.field("Version") + "+1"), shared.resolve("b.deb"));
    machine.run("systemctl", "enable", "p2pd-server").expectSuccess();
    machine.run("systemctl", "start", "p2pd-cache").expectSuccess();
    assertThat(journal("p2pd-cache")).contains("this is a cache"); // it serves when start returns
    String before = property("p2pd-cache", "MainPID");

    Tool.Result upgrade =
        machine
            .online(
                "apt-get",
                "-y",
                "-q",
                "-o",
                "Dpkg::Options::=--force-confold",
                "install",
                Machine.SHARED + "/b.deb")
            .expectSuccess();
    assertThat(upgrade.output()).doesNotContain("nothing of it runs yet");
    assertThat(property("p2pd-cache", "MainPID")).isNotEqualTo(before).isNotEqualTo("0");
    assertThat(property("p2pd-server", "ActiveState")).isEqualTo("inactive");
    assertThat(machine.shell("systemctl is-enabled p2pd-server p2pd-cache").output())
        .isEqualTo("enabled\ndisabled\n");

    machine.online("apt-get", "-y", "-q", "purge", "p2pd").expectSuccess();
    machine.run("systemctl", "daemon-reload").expectSuccess();
    assertThat(machine.shell("systemctl list-units --all --no-legend 'p2pd*'").output()).isEmpty();
    assertThat(machine.shell("find /etc/systemd /var/lib/systemd -name '*p2pd*'").output().lines())
        .as("drop-ins are their owner's")
        .allMatch(left -> left.endsWith(".service.d"));
    assertThat(machine.shell("pgrep -u p2pd").exit()).isEqualTo(1);
  }
}
