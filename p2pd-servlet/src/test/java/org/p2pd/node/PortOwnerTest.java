package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PortOwnerTest {

  private static final String HEADER = "  sl  local_address rem_address   st ... inode\n";

  @TempDir Path proc;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessOfThisUserIsNamed() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(new PortOwner(Path.of("/proc")).describe(socket.getLocalPort()))
          .hasValueSatisfying(
              owner ->
                  assertThat(owner).startsWith("process " + ProcessHandle.current().pid() + " ("));
    }
  }

  @Test
  void aProcessOfAnotherUserIsOnlyThere() throws IOException {
    Files.createDirectory(proc.resolve("net"));
    Files.writeString(
        proc.resolve("net/tcp"),
        HEADER
            + "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
            + "  1000        0 4711 1\n");

    assertThat(new PortOwner(proc).describe(8080)).contains("a process of another user");
    assertThat(new PortOwner(proc).describe(8081)).isEmpty();
  }

  @Test
  void withoutProcNothingIsKnown() {
    assertThat(new PortOwner(proc.resolve("none")).describe(8080)).isEmpty();
  }
}
