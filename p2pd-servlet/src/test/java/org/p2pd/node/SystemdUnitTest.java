package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemdUnitTest {

  private static final Map<String, String> STARTED_BY_SYSTEMD = Map.of("INVOCATION_ID", "8568fa0b");

  @ParameterizedTest
  @CsvSource({
    "0::/system.slice/p2pd-cache.service, p2pd-cache.service, false",
    "0::/system.slice/tomcat10.service, tomcat10.service, false",
    "0::/system.slice/system-p2pd.slice/p2pd@a.service/child, p2pd@a.service, false",
    "1:name=systemd:/system.slice/p2pd-server.service, p2pd-server.service, false",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/p2pd.service, p2pd.service, true",
  })
  void aServiceIsKnownByItsControlGroup(String cgroups, String name, boolean ofUser) {
    assertThat(SystemdUnit.of(STARTED_BY_SYSTEMD, "4:memory:/x.service\n" + cgroups + "\n"))
        .contains(new SystemdUnit(name, ofUser));
  }

  @ParameterizedTest
  @CsvSource({
    "0::/",
    "0::/user.slice/user-0.slice/session-3.scope",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal.scope",
    "''",
  })
  void whatWasStartedByHandIsNoService(String cgroups) {
    assertThat(SystemdUnit.of(STARTED_BY_SYSTEMD, cgroups)).isEmpty();
  }

  @Test
  void withoutSystemdThereIsNoService() {
    assertThat(SystemdUnit.of(Map.of(), "0::/system.slice/p2pd-cache.service")).isEmpty();
  }

  @Test
  void theRemedyIsADropInWordForWord() {
    assertThat(new SystemdUnit("p2pd-cache.service", false).letWrite(Path.of("/data/cache")))
        .contains("sudo systemctl edit p2pd-cache,")
        .contains("\n[Service]\nReadWritePaths=/data/cache\n")
        .endsWith("sudo systemctl restart p2pd-cache");
    assertThat(new SystemdUnit("p2pd.service", true).letWrite(Path.of("/data/cache")))
        .contains("systemctl --user edit p2pd,")
        .doesNotContain("sudo");
  }

  @Test
  void aPathIsQuotedAsSystemdReadsIt() {
    assertThat(new SystemdUnit("x.service", false).letWrite(Path.of("/my \"films\"/100%\\")))
        .contains("\nReadWritePaths=\"/my \\\"films\\\"/100%%\\\\\"\n");
  }
}
