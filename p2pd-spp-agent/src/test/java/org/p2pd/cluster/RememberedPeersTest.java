package org.p2pd.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Who is remembered, for how long, and over what. */
class RememberedPeersTest {

  private static final NodeId GROUP = id(0);

  @TempDir Path directory;
  private Path file;
  private Instant now = Instant.parse("2027-01-01T00:00:00Z");

  @BeforeEach
  void name() {
    file = directory.resolve("peers");
  }

  private static NodeId id(int n) {
    byte[] bytes = new byte[Hash.BYTES];
    bytes[0] = (byte) (n >> 8);
    bytes[1] = (byte) n;
    return new NodeId(Hash.of(bytes));
  }

  private static Member peer(int n) {
    String host = "10.0." + n / 256 + "." + n % 256;
    return new Member(
        id(n), n == 1 ? Role.SERVER : Role.CACHE, new NodeAddress(host, 8_080, ""), 8_081);
  }

  private static GroupView view(Member... others) {
    return new GroupView(1, GROUP, List.of(others));
  }

  private RememberedPeers open() {
    return RememberedPeers.open(file, () -> now, Runnable::run);
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  @Test
  void theNextStartFindsThoseInViewWithTheLatestFirst() {
    Member withPath =
        new Member(id(7), Role.CACHE, new NodeAddress("192.0.2.7", 80, "/video"), 9_000);
    Member ipv6 = new Member(id(8), Role.CACHE, new NodeAddress("fd00::1:2", 8_080, ""), 8_081);
    RememberedPeers peers = open();
    peers.saw(view(withPath));
    pass(Duration.ofSeconds(1));
    peers.saw(view(ipv6));
    pass(Duration.ofSeconds(1));
    peers.saw(view(peer(1)));
    RememberedPeers next = open();
    assertThat(next.members()).containsExactly(peer(1), ipv6, withPath);
    assertThat(next.seeds())
        .containsExactly(
            new Seed("10.0.0.1", 8_081),
            new Seed("fd00::1:2", 8_081),
            new Seed("192.0.2.7", 9_000));
  }

  @Test
  void beingAloneForgetsNobodyHoweverLong() {
    RememberedPeers peers = open();
    peers.saw(view(peer(1), peer(2)));
    for (int day = 0; day < 100; day++) {
      pass(Duration.ofDays(1));
      peers.saw(view());
    }
    assertThat(open().members()).containsExactlyInAnyOrder(peer(1), peer(2));
  }

  @Test
  void whoIsAwayForThirtyDaysWhileOthersAreThereIsForgotten() {
    RememberedPeers peers = open();
    peers.saw(view(peer(1), peer(2)));
    peers.saw(view(peer(1)));
    pass(RememberedPeers.KEPT);
    peers.saw(view(peer(1)));
    assertThat(open().members()).containsExactlyInAnyOrder(peer(1), peer(2));
    pass(Duration.ofSeconds(1));
    peers.saw(view(peer(1)));
    assertThat(open().members()).containsExactly(peer(1));
  }

  @Test
  void whoWasInViewAllTheTimeWasSeenUntilItLeft() {
    RememberedPeers peers = open();
    peers.saw(view(peer(1), peer(2)));
    pass(Duration.ofDays(90)); // nobody came or went
    peers.saw(view(peer(1)));
    assertThat(open().members()).containsExactlyInAnyOrder(peer(1), peer(2));
  }

  @Test
  void aLongPauseForgetsNobody() {
    open().saw(view(peer(1), peer(2)));
    pass(Duration.ofDays(400));
    assertThat(open().seeds()).hasSize(2);
  }

  @Test
  void aNodeThatAnswersInTheirPlaceTakesIt() {
    Member reinstalled = new Member(id(99), Role.CACHE, peer(2).address(), 8_081);
    RememberedPeers peers = open();
    peers.saw(view(peer(1), peer(2)));
    peers.saw(view(peer(1), reinstalled));
    assertThat(open().members()).containsExactlyInAnyOrder(peer(1), reinstalled);
  }

  @Test
  void noMoreThan256AreRememberedAndTheLongestUnseenGo() {
    RememberedPeers peers = open();
    for (int n = 1; n <= RememberedPeers.MAX + 10; n++) {
      pass(Duration.ofSeconds(1));
      peers.saw(view(peer(n)));
    }
    assertThat(open().members())
        .hasSize(RememberedPeers.MAX)
        .contains(peer(RememberedPeers.MAX + 10), peer(11))
        .doesNotContain(peer(10));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "p2pd-peers 2", "p2pd-peers 1 ", "\0\0\0\0"})
  void aFileOfAnotherFormIsForgottenAndReplacedByTheNextView(String begin) throws IOException {
    Files.writeString(file, begin + "\n", UTF_8);
    RememberedPeers peers = open();
    assertThat(peers.members()).isEmpty();
    peers.saw(view(peer(3)));
    assertThat(open().members()).containsExactly(peer(3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "rubbish",
        "%s cache 10.0.0.1 99999 - 8081 1700000000",
        "%s cache 10.0.0.1 8080 - 0 1700000000",
        "%s cache 10.0.0.1 8080 /../x 8081 1700000000",
        "%s cache 10.0.0.1;x 8080 - 8081 1700000000",
        "%s parent 10.0.0.1 8080 - 8081 1700000000",
        "%sA cache 10.0.0.1 8080 - 8081 1700000000",
        "%s cache 10.0.0.1 8080 - 8081 1700000000 more"
      })
  void aFileWithOneWrongLineIsForgotten(String line) throws IOException {
    String right = id(5) + " cache 10.0.0.5 8080 - 8081 1700000000";
    Files.writeString(file, "p2pd-peers 1\n" + right + "\n", UTF_8);
    assertThat(open().members()).containsExactly(peer(5));
    Files.writeString(
        file, "p2pd-peers 1\n" + right + "\n" + line.replace("%s", "" + id(6)) + "\n", UTF_8);
    assertThat(open().members()).isEmpty();
  }

  @Test
  void bytesThatAreNoTextAndEndlessFilesAreForgotten() throws IOException {
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThat(open().members()).isEmpty();
    Files.write(file, new byte[1 << 20]);
    assertThat(open().members()).isEmpty();
  }

  @Test
  void theFileIsReplacedAndNeverHalfWritten() throws IOException {
    RememberedPeers peers = open();
    peers.saw(view(peer(1)));
    Path kept = directory.resolve("kept");
    Files.createLink(kept, file);
    String before = Files.readString(kept, UTF_8);
    peers.saw(view(peer(1), peer(2)));
    assertThat(Files.readString(kept, UTF_8)).isEqualTo(before); // another file by now
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(file, kept);
    }
  }

  @Test
  void whatWasSeenMeanwhileIsWrittenOnce() {
    List<Runnable> writes = new ArrayList<>();
    RememberedPeers peers = RememberedPeers.open(file, () -> now, writes::add);
    IntStream.rangeClosed(1, 5).forEach(n -> peers.saw(view(peer(n))));
    assertThat(writes).hasSize(1);
    assertThat(open().members()).isEmpty();
    writes.get(0).run();
    assertThat(open().members()).hasSize(5);
    peers.saw(view(peer(6)));
    assertThat(writes).hasSize(2);
  }

  @Test
  void aDirectoryThatCannotBeWrittenCostsOnlyTheNextStart() throws IOException {
    Files.createDirectory(file); // nothing can be moved over it
    Files.createFile(file.resolve("inside"));
    RememberedPeers peers = open();
    peers.saw(view(peer(1)));
    assertThat(peers.members()).containsExactly(peer(1));
  }

  @Test
  void whoIsAtANameIsNotRemembered() throws IOException {
    Member named =
        new Member(id(7), Role.CACHE, new NodeAddress("cache.example", 8_080, ""), 8_081);
    open().saw(view(peer(2), named));
    assertThat(open().members()).containsExactly(peer(2));
    String line = Files.readString(file, UTF_8).replace("10.0.0.2", "cache.example");
    Files.writeString(file, line, UTF_8);
    assertThat(open().members()).isEmpty();
  }
}
