package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadOnlyMountsTest {

  /** As a service sees them with ProtectSystem=strict and one directory opened again. */
  private static final List<String> STRICT =
      List.of(
          "24 1 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro",
          "30 24 0:22 / /proc rw,nosuid - proc proc rw",
          "31 24 8:1 /var/lib/tomcat10/webapps /var/lib/tomcat10/webapps rw,relatime - ext4"
              + " /dev/sda1 rw",
          "32 24 8:17 / /media\\040files rw,relatime - ext4 /dev/sdb1 ro");

  @Test
  void theNearestMountCounts() {
    assertThat(ReadOnlyMounts.mountOf(Path.of("/cachefiles"), STRICT)).contains(Path.of("/"));
    assertThat(ReadOnlyMounts.mountOf(Path.of("/var/lib/tomcat10"), STRICT)).contains(Path.of("/"));
    assertThat(ReadOnlyMounts.mountOf(Path.of("/var/lib/tomcat10/webapps/video"), STRICT))
        .isEmpty();
  }

  @Test
  void aFileSystemThatIsReadOnlyForEveryoneCountsToo() {
    assertThat(ReadOnlyMounts.mountOf(Path.of("/media files/a"), STRICT))
        .contains(Path.of("/media files"));
  }

  @Test
  void ofMountsAtOnePlaceTheLastCounts() {
    assertThat(
            ReadOnlyMounts.mountOf(
                Path.of("/a"),
                List.of("1 0 8:1 / / ro - ext4 /dev/sda1 rw", "2 1 8:1 / / rw - ext4 /dev/sda rw")))
        .isEmpty();
  }

  @Test
  void linesThatAreNoneAreIgnored() {
    assertThat(ReadOnlyMounts.mountOf(Path.of("/a"), List.of("", "1 2 3"))).isEmpty();
  }

  @Test
  void theUnitIsNamedByTheControlGroup() {
    assertThat(ReadOnlyMounts.unit("0::/system.slice/tomcat10.service\n")).contains("tomcat10");
    assertThat(ReadOnlyMounts.unit("0::/user.slice/user-0.slice/session-1.scope\n")).isEmpty();
  }
}
