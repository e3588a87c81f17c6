package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortOwnerTest {

  private static final String HEADER = "  sl  local_address rem_address   st ... inode\n";
  private static final Optional<InetAddress> ALL = Optional.empty();

  @TempDir Path proc;

  private static Optional<InetAddress> address(String text) {
    return Optional.of(InetAddresses.forString(text));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessOfThisUserIsNamed() throws IOException {
    InetAddress here = InetAddresses.forString("127.0.0.25");
    try (ServerSocket socket = new ServerSocket(0, 1, here)) {
      PortOwner owner = new PortOwner(Path.of("/proc"));
      int port = socket.getLocalPort();
      String self = "process " + ProcessHandle.current().pid() + " (";
      assertThat(owner.describe(ALL, port)).hasValueSatisfying(o -> assertThat(o).contains(self));
      assertThat(owner.describe(Optional.of(here), port))
          .hasValueSatisfying(o -> assertThat(o).startsWith(self));
    }
  }

  @Test
  void withoutProcNothingIsKnown() {
    assertThat(new PortOwner(proc.resolve("none")).describe(ALL, 8080)).isEmpty();
  }

  /** Processes and sockets as the kernel would show them. */
  @Nested
  class Among {

    private int inodes = 4711;

    @BeforeEach
    void tables() throws IOException {
      Files.createDirectory(proc.resolve("net"));
      Files.writeString(proc.resolve("net/tcp"), HEADER);
      Files.writeString(proc.resolve("net/tcp6"), HEADER);
    }

    /**
     * Makes a process listen.
     *
     * @param at 4 bytes, or 16: of an IPv4-mapped address too
     */
    private void listens(int process, String name, byte[] at, int port) throws IOException {
      int inode = inodes++;
      ByteBuffer words = ByteBuffer.wrap(at).order(ByteOrder.nativeOrder());
      StringBuilder hex = new StringBuilder();
      while (words.hasRemaining()) {
        hex.append(String.format("%08X", words.getInt()));
      }
      Path table = proc.resolve(at.length == 4 ? "net/tcp" : "net/tcp6");
      Files.writeString(
          table,
          Files.readString(table)
              + String.format(
                  "   0: %s:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
                      + "  1000        0 %d 1%n",
                  hex, port, inode));
      Path descriptors = Files.createDirectories(proc.resolve(process + "/fd"));
      Files.createSymbolicLink(descriptors.resolve("3"), Path.of("socket:[" + inode + "]"));
      Files.writeString(proc.resolve(process + "/comm"), name + "\n");
    }

    private byte[] plain(String address) {
      return InetAddresses.forString(address).getAddress();
    }

    private byte[] mapped(String ipv4) {
      byte[] address = new byte[16];
      address[10] = (byte) 0xff;
      address[11] = (byte) 0xff;
      System.arraycopy(plain(ipv4), 0, address, 12, 4);
      return address;
    }

    private Optional<String> owner(String wanted) {
      return new PortOwner(proc).describe(address(wanted), 8080);
    }

    @ParameterizedTest
    @CsvSource({
      "127.0.0.1, process 101 (nginx)",
      "127.0.0.2, process 102 (java)",
      "::1, process 103 (varnish)",
      "127.0.0.3,",
      "::2,",
    })
    void severalTheOneOfTheAddressIsNamed(String wanted, String named) throws IOException {
      listens(101, "nginx", plain("127.0.0.1"), 8080);
      listens(102, "java", mapped("127.0.0.2"), 8080);
      listens(103, "varnish", plain("::1"), 8080);
      listens(104, "other", plain("127.0.0.3"), 8081);
      assertThat(owner(wanted)).isEqualTo(Optional.ofNullable(named));
    }

    @Test
    void allAddressesAnyOfThemIsInTheWay() throws IOException {
      listens(102, "java", mapped("127.0.0.2"), 8080);
      assertThat(new PortOwner(proc).describe(ALL, 8080)).contains("process 102 (java)");
      assertThat(owner("::")).contains("process 102 (java)");
      assertThat(owner("0.0.0.0")).contains("process 102 (java)");
    }

    @Test
    void thoseOfAllAddressesEveryAddressIsTaken() throws IOException {
      listens(101, "nginx", plain("::"), 8080);
      assertThat(owner("127.0.0.2")).contains("process 101 (nginx)");
      assertThat(owner("::1")).contains("process 101 (nginx)");
    }

    @Test
    void thoseOfAllIpv4AddressesNoneOfIpv6IsTaken() throws IOException {
      listens(101, "nginx", plain("0.0.0.0"), 8080);
      listens(103, "varnish", plain("::1"), 8080);
      assertThat(owner("127.0.0.2")).contains("process 101 (nginx)");
      assertThat(owner("::1")).contains("process 103 (varnish)");
      assertThat(owner("::2")).isEmpty();
    }

    @Test
    void thoseOfOtherUsersItIsOnlyKnownThatTheyAreThere() throws IOException {
      listens(101, "nginx", plain("127.0.0.1"), 8080);
      Files.delete(proc.resolve("101/fd/3"));
      assertThat(owner("127.0.0.1")).contains("a process of another user");
      assertThat(owner("127.0.0.2")).isEmpty();
    }

    @Test
    void linesThatAreNoneNothingIsFound() throws IOException {
      Files.writeString(
          proc.resolve("net/tcp"),
          HEADER + "   0: XYZ:1F90 0:0 0A 0:0 0:0 0 1000 0 4711 1\n   1: 01:1F90 0:0 0A\n");
      assertThat(owner("127.0.0.1")).isEmpty();
    }
  }
}
