package org.p2pd.leases;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/** What a parent decides, question by question. */
class LeaseTableTest {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final BlockSize SIZE = new BlockSize(64 * KIB);
  private static final Edition FILM = edition(100L * MIB);

  private LeaseTable table = new LeaseTable();
  private final Set<NodeId> alive = new HashSet<>();
  private long nowNanos = Long.MAX_VALUE - 1_000_000_000L; // nanoTime may wrap

  LeaseTableTest() {
    alive.addAll(ids("ABCDE"));
  }

  private static Edition edition(long lengthBytes) {
    return new Edition(DigestAlgorithm.SHA_256, lengthBytes, id("root").hash());
  }

  static NodeId id(String name) {
    return new NodeId(Hash.of(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), Hash.BYTES)));
  }

  private static Set<NodeId> ids(String letters) {
    return letters.chars().mapToObj(c -> id("" + (char) c)).collect(Collectors.toSet());
  }

  private void passes(Duration time) {
    nowNanos += time.toNanos();
  }

  /** One question; what is not said is read-ahead of {@link #FILM}, nobody excluded, no rate. */
  private final class Ask {
    private final String asker;
    private Edition edition = FILM;
    private Urgency urgency = Urgency.READ_AHEAD;
    private String excluded = "";
    private OptionalLong rate = OptionalLong.empty();
    private BlockSize size = SIZE;

    Ask(String asker) {
      this.asker = asker;
    }

    Ask atPlayHead() {
      urgency = Urgency.PLAY_HEAD;
      return this;
    }

    Ask excluding(String letters) {
      excluded = letters;
      return this;
    }

    Ask receiving(long bytesPerSecond) {
      rate = OptionalLong.of(bytesPerSecond);
      return this;
    }

    Ask of(Edition other) {
      edition = other;
      return this;
    }

    Ask in(int blockBytes) {
      size = new BlockSize(blockBytes);
      return this;
    }

    /** What is decided: {@code serve 3+2 8s}, {@code refer A} or {@code later 1s}. */
    String blocks(int first, int count) {
      Span span = new Span(size, first, count);
      LeaseDecision decision =
          table.decide(
              new LeaseQuestion(edition, span, id(asker), urgency, ids(excluded), rate),
              alive::contains,
              nowNanos);
      if (decision instanceof LeaseDecision.Serve serve) {
        Span sent = serve.span();
        assertThat(sent.blockSize()).isEqualTo(size);
        return "serve %d+%d %ds"
            .formatted(
                sent.firstBlock(),
                sent.blockCount(),
                serve.lease().map(Duration::toSeconds).orElse(0L));
      }
      if (decision instanceof LeaseDecision.Refer refer) {
        return "refer " + new String(refer.to().hash().toBytes(), 0, 1, StandardCharsets.US_ASCII);
      }
      return "later " + ((LeaseDecision.Later) decision).retryAfter().toSeconds() + "s";
    }
  }

  private Ask ask(String asker) {
    return new Ask(asker);
  }

  private static ByteRange bytes(int firstBlock, int blocks) {
    return ByteRange.ofLength(SIZE.start(firstBlock), (long) blocks * SIZE.bytes());
  }

  private void held(String by, ByteRange... ranges) {
    table.noticed(id(by), FILM, List.of(ranges), List.of(), nowNanos);
  }

  private void gone(String by, ByteRange... ranges) {
    table.noticed(id(by), FILM, List.of(), List.of(ranges), nowNanos);
  }

  @Nested
  class FirstCopies {

    @Test
    void goToWhoAsksFirstAndTheOthersToHim() {
      assertThat(ask("A").blocks(0, 16)).startsWith("serve 0+16");
      assertThat(ask("B").blocks(0, 16)).isEqualTo("refer A");
      assertThat(ask("C").blocks(5, 2)).isEqualTo("refer A");
      assertThat(table.stats()).isEqualTo(new LeaseTable.Stats(1, MIB, 0, 2, 0));
    }

    @Test
    void areExactlyTheLeavesSent() {
      assertThat(ask("A").blocks(4, 4)).startsWith("serve 4+4");
      assertThat(ask("B").blocks(0, 16)).as("up to what A has").startsWith("serve 0+4");
      assertThat(ask("B").blocks(4, 12)).isEqualTo("refer A");
      assertThat(ask("C").blocks(8, 8)).startsWith("serve 8+8");
      assertThat(ask("C").blocks(16, 1)).as("another region").startsWith("serve 16+1");
    }

    @Test
    void ofOneEditionAreNoneOfAnother() {
      ask("A").blocks(0, 16);
      assertThat(ask("B").of(edition(5L * MIB)).blocks(0, 16)).startsWith("serve 0+16");
    }

    @Test
    void goToTheSameChildAgainIfItAsksAgain() {
      ask("A").blocks(0, 16);
      held("A", bytes(0, 16));
      assertThat(ask("A").blocks(3, 2)).startsWith("serve 3+2");
      assertThat(table.stats().secondBytes()).isZero();
      assertThat(ask("B").blocks(3, 1)).as("on its way again").isEqualTo("refer A");
    }

    @Test
    void whoAsksForWhatItHadIsReferredToAnotherThatHasIt() {
      ask("A").blocks(0, 4);
      ask("B").excluding("A").blocks(0, 4);
      assertThat(ask("A").blocks(0, 4)).isEqualTo("refer B");
      assertThat(ask("C").blocks(0, 4)).as("A has none of it any more").isEqualTo("refer B");
    }

    @Test
    void followWhenTheLeaseIsOverWithoutAWord() {
      assertThat(ask("A").receiving(512 * KIB).blocks(0, 16)).isEqualTo("serve 0+16 4s");
      passes(Duration.ofSeconds(4).minusNanos(1));
      assertThat(ask("B").blocks(0, 16)).isEqualTo("refer A");
      passes(Duration.ofNanos(1));
      assertThat(ask("B").blocks(0, 16)).startsWith("serve 0+16");
      assertThat(table.stats().secondBytes()).isZero();
    }

    @Test
    void followWhenTheLesseeSaysThatTheyAreGone() {
      ask("A").blocks(0, 16);
      gone("A", new ByteRange(SIZE.start(3) + 5, SIZE.start(3) + 6));
      assertThat(ask("B").blocks(0, 16)).as("the rest is there").isEqualTo("refer A");
      assertThat(ask("B").blocks(3, 1)).startsWith("serve 3+1");
      assertThat(table.stats().secondBytes()).isZero();
    }

    @Test
    void followWhenTheChildIsNotAliveHoweverMuchThatIs() {
      for (int region = 0; region < 100; region++) {
        ask("A").blocks(16 * region, 16);
      }
      alive.remove(id("A"));
      for (int region = 0; region < 100; region++) {
        assertThat(ask("B").blocks(16 * region, 16)).startsWith("serve");
      }
      assertThat(table.stats().secondBytes()).isZero();
    }

    @Test
    void followWhenTheBytesWereNotSentAfterAll() {
      ask("A").blocks(0, 16);
      table.withdrawn(FILM, new Span(SIZE, 2, 3), id("A"));
      assertThat(ask("B").blocks(0, 16)).isEqualTo("refer A");
      assertThat(ask("B").blocks(2, 14)).startsWith("serve 2+3");
      held("A", bytes(5, 1));
      table.withdrawn(FILM, new Span(SIZE, 5, 2), id("A"));
      held("A", bytes(6, 1));
      assertThat(ask("C").blocks(5, 1)).as("it said so meanwhile").isEqualTo("refer A");
      assertThat(ask("C").blocks(6, 1)).as("it was not sent that").startsWith("serve");
    }

    @Test
    void ofAnEditionsShortEndAreWhole() {
      Edition odd = edition(MIB + 20_000);
      assertThat(ask("A").of(odd).blocks(16, 1)).startsWith("serve 16+1");
      table.noticed(
          id("A"), odd, List.of(new ByteRange(MIB, odd.lengthBytes() - 1)), List.of(), nowNanos);
      passes(Duration.ofHours(1));
      assertThat(ask("B").of(odd).blocks(16, 1)).isEqualTo("refer A");
      assertThat(ask("B").of(odd).in(16 * KIB).blocks(65, 1)).isEqualTo("refer A");
      assertThat(ask("B").of(odd).in(MIB).blocks(1, 1)).isEqualTo("refer A");
    }
  }

  @Nested
  class Leases {

    @ParameterizedTest
    @CsvSource({
      // bytes a second, blocks, seconds: twice the time it takes, 2 to 10
      "0, 16, 10", // not said: 128 KiB a second
      "0, 1, 2",
      "1048576, 16, 2",
      "524288, 16, 4",
      "500000, 16, 5",
      "1000000000, 16, 2",
      "1000, 16, 10",
      "1, 1, 8", // 16 KiB a second at least
      "1250000000, 16, 2",
      "1250000001, 16, 10", // not believed
      "1000000000000, 16, 10",
    })
    void lastAsLongAsTheLesseesRateLets(long rate, int blocks, int seconds) {
      Ask ask = ask("A");
      assertThat((rate == 0 ? ask : ask.receiving(rate)).blocks(0, blocks))
          .isEqualTo("serve 0+" + blocks + " " + seconds + "s");
    }

    @Test
    void queueOneBehindTheOther() {
      assertThat(ask("A").receiving(MIB).blocks(0, 16)).isEqualTo("serve 0+16 2s");
      assertThat(ask("A").receiving(MIB).blocks(16, 16)).isEqualTo("serve 16+16 4s");
      assertThat(ask("A").receiving(MIB).blocks(32, 16)).isEqualTo("serve 32+16 6s");
      assertThat(ask("B").receiving(MIB).blocks(48, 16)).as("another's line").endsWith(" 2s");
      passes(Duration.ofSeconds(2));
      assertThat(ask("A").receiving(MIB).blocks(64, 16)).isEqualTo("serve 64+16 4s");
      passes(Duration.ofHours(1));
      assertThat(ask("A").receiving(MIB).blocks(80, 16)).isEqualTo("serve 80+16 2s");
    }

    @Test
    void ofOneRegionAreNotRenewedByTheNext() {
      ask("A").receiving(MIB).blocks(0, 1);
      passes(Duration.ofMillis(1_500));
      ask("A").receiving(MIB).blocks(1, 1);
      passes(Duration.ofSeconds(1));
      assertThat(ask("B").blocks(1, 1)).isEqualTo("refer A");
      assertThat(ask("B").blocks(0, 2)).startsWith("serve 0+1");
    }

    @Test
    void goOnWhileTheChildTakesWhatItIsSent() {
      ask("A").blocks(0, 16);
      ask("A").blocks(16, 16);
      for (int i = 0; i < 6; i++) {
        passes(Duration.ofSeconds(9));
        table.moved(FILM, new Span(SIZE, 0, 16), id("A"), nowNanos);
        assertThat(ask("B").blocks(0, 16)).isEqualTo("refer A");
      }
      assertThat(ask("B").blocks(16, 16)).as("that answer stood still").startsWith("serve");
      passes(Duration.ofSeconds(6));
      table.moved(FILM, new Span(SIZE, 0, 16), id("A"), nowNanos);
      assertThat(ask("B").blocks(0, 16)).as("a minute is enough").startsWith("serve");
    }

    @Test
    void goOnWhileTheChildSaysThatItHoldsWhatItWasSent() {
      ask("A").blocks(0, 16);
      ask("A").blocks(16, 16);
      passes(Duration.ofSeconds(9));
      held("A", bytes(0, 16));
      passes(Duration.ofSeconds(9));
      assertThat(ask("B").blocks(16, 16)).isEqualTo("refer A");
      held("A", new ByteRange(50L * MIB, 60L * MIB));
      passes(Duration.ofSeconds(1));
      assertThat(ask("B").blocks(16, 16)).as("it said nothing of use").startsWith("serve");
    }

    @Test
    void areNotGivenToGuests() {
      alive.remove(id("A"));
      assertThat(ask("A").blocks(0, 16)).isEqualTo("serve 0+16 0s");
      alive.add(id("A"));
      held("A", bytes(0, 16));
      assertThat(ask("B").blocks(0, 16)).isEqualTo("serve 0+16 10s");
      alive.remove(id("A"));
      assertThat(ask("A").blocks(0, 16)).isEqualTo("refer B");
      assertThat(ask("A").excluding("B").blocks(0, 16)).isEqualTo("serve 0+16 0s");
      assertThat(ask("C").excluding("B").blocks(0, 16)).as("a word too few").startsWith("serve");
      assertThat(ask("D").excluding("C").blocks(0, 16)).isEqualTo("refer B");
      assertThat(table.stats().claims()).isEqualTo(2);
    }

    @Test
    void ofOneRegionAreNoMoreThanAGroupHasMembers() {
      for (int i = 0; i < 300; i++) {
        NodeId asker = id("member " + i);
        alive.add(asker);
        LeaseDecision decision =
            table.decide(
                new LeaseQuestion(
                    FILM,
                    new Span(new BlockSize(16 * KIB), i % 64, 1),
                    asker,
                    Urgency.PLAY_HEAD,
                    Set.of(),
                    OptionalLong.empty()),
                // Nobody else is alive, so that each is sent it.
                id -> id.equals(asker),
                nowNanos);
        assertThat(((LeaseDecision.Serve) decision).lease().isPresent()).isEqualTo(i < 256);
      }
      assertThat(table.stats().claims()).isEqualTo(256);
    }
  }

  @Nested
  class Notices {

    @Test
    void thatSomethingIsHeldOutliveTheLease() {
      ask("A").blocks(0, 16);
      held("A", bytes(0, 8));
      passes(Duration.ofDays(1));
      assertThat(ask("B").blocks(0, 16)).isEqualTo("refer A");
      assertThat(ask("B").blocks(8, 8)).startsWith("serve 8+8");
    }

    @Test
    void mayComeWhenTheLeaseIsOver() {
      ask("A").blocks(0, 16);
      passes(Duration.ofDays(1));
      ask("B").blocks(0, 1);
      held("A", bytes(0, 16));
      assertThat(ask("C").blocks(1, 1)).isEqualTo("refer A");
    }

    @Test
    void aboutWhatWasNeverSentAreIgnored() {
      ask("A").blocks(0, 1);
      held("A", new ByteRange(0, 100L * MIB - 1));
      held("B", new ByteRange(0, 100L * MIB - 1));
      assertThat(ask("C").blocks(1, 15)).startsWith("serve 1+15");
      assertThat(ask("C").blocks(16, 16)).startsWith("serve 16+16");
      assertThat(ask("D").blocks(0, 1)).isEqualTo("refer A");
    }

    @Test
    void thatSayBothMeanGone() {
      ask("A").blocks(0, 16);
      table.noticed(id("A"), FILM, List.of(bytes(0, 16)), List.of(bytes(4, 1)), nowNanos);
      assertThat(ask("B").blocks(4, 1)).startsWith("serve 4+1");
      assertThat(ask("B").blocks(5, 1)).isEqualTo("refer A");
    }

    @Test
    void countWholeLeavesAsHeldAndTouchedOnesAsGone() {
      ask("A").in(16 * KIB).blocks(0, 4);
      held("A", new ByteRange(1, 3 * 16 * KIB - 1));
      passes(Duration.ofHours(1));
      assertThat(ask("B").in(16 * KIB).blocks(0, 1)).startsWith("serve 0+1");
      assertThat(ask("B").in(16 * KIB).blocks(1, 1)).isEqualTo("refer A");
      assertThat(ask("B").in(16 * KIB).blocks(2, 1)).isEqualTo("refer A");
      assertThat(ask("B").in(16 * KIB).blocks(3, 1)).startsWith("serve 3+1");
      gone("A", new ByteRange(2 * 16 * KIB - 1, 2 * 16 * KIB - 1));
      assertThat(ask("B").in(16 * KIB).blocks(1, 1)).startsWith("serve 1+1");
      assertThat(ask("B").in(16 * KIB).blocks(2, 1)).isEqualTo("refer A");
    }

    @Test
    void mayReachOverRegions() {
      ask("A").blocks(0, 16);
      ask("A").blocks(32, 16);
      held("A", bytes(8, 32));
      passes(Duration.ofHours(1));
      assertThat(ask("B").blocks(7, 1)).startsWith("serve");
      assertThat(ask("B").blocks(8, 1)).isEqualTo("refer A");
      assertThat(ask("B").blocks(39, 1)).isEqualTo("refer A");
      assertThat(ask("B").blocks(40, 1)).startsWith("serve");
    }
  }

  @Nested
  class Referrals {

    @Test
    void preferWhoHoldsToWhoReceives() {
      ask("A").blocks(0, 1);
      ask("B").excluding("A").blocks(0, 1);
      assertThat(ask("C").blocks(0, 1)).isEqualTo("refer A");
      held("B", bytes(0, 1));
      assertThat(ask("C").blocks(0, 1)).isEqualTo("refer B");
      assertThat(ask("D").blocks(0, 1)).isEqualTo("refer B");
    }

    @Test
    void spreadOverThoseThatHold() {
      for (String child : List.of("A", "B", "C")) {
        ask(child).blocks(0, 1);
        held(child, bytes(0, 1));
        alive.remove(id(child));
      }
      alive.addAll(ids("ABC"));
      assertThat(List.of(ask("D").blocks(0, 1), ask("E").blocks(0, 1), ask("D").blocks(0, 1)))
          .containsExactlyInAnyOrder("refer A", "refer B", "refer C");
    }

    @Test
    void goByTheFirstBlockAlone() {
      ask("A").blocks(0, 1);
      ask("B").blocks(1, 15);
      held("B", bytes(1, 15));
      assertThat(ask("C").blocks(0, 16)).isEqualTo("refer A");
      assertThat(ask("C").blocks(1, 15)).isEqualTo("refer B");
    }

    @Test
    void areToWhoHasAllOfTheFirstBlock() {
      ask("A").in(16 * KIB).blocks(0, 3);
      assertThat(ask("B").in(16 * KIB).blocks(2, 1)).isEqualTo("refer A");
      assertThat(ask("B").in(64 * KIB).blocks(0, 1)).startsWith("serve 0+1");
      assertThat(ask("C").in(32 * KIB).blocks(1, 1)).isEqualTo("refer B");
    }

    @Test
    void neverLeadToTheAskerNorToWhoIsNotAlive() {
      ask("A").blocks(0, 1);
      ask("B").excluding("A").blocks(0, 1);
      held("A", bytes(0, 1));
      held("B", bytes(0, 1));
      alive.remove(id("B"));
      for (int i = 0; i < 4; i++) {
        assertThat(ask("C").blocks(0, 1)).isEqualTo("refer A");
      }
      assertThat(ask("A").blocks(0, 1)).startsWith("serve 0+1");
    }
  }

  @Nested
  class SecondCopies {

    @Test
    void goToAViewerWhoWaitedForAnotherInVain() {
      assertThat(ask("A").receiving(100_000).atPlayHead().blocks(0, 1)).startsWith("serve");
      assertThat(ask("B").receiving(300_000).atPlayHead().blocks(0, 1)).startsWith("serve");
      held("A", bytes(0, 1));
      held("B", bytes(0, 1));
      assertThat(ask("C").atPlayHead().blocks(0, 1)).startsWith("refer");
      assertThat(ask("C").excluding("A").blocks(0, 1)).as("nobody waits").isEqualTo("refer B");
      assertThat(ask("C").atPlayHead().excluding("D").blocks(0, 1))
          .as("who was sent nothing of it")
          .startsWith("refer");
      assertThat(ask("C").atPlayHead().excluding("A").blocks(0, 2)).startsWith("serve 0+1");
    }

    @Test
    void goToWhoReceivesMoreThanTwiceAsFast() {
      ask("A").receiving(1_000_000).blocks(0, 1);
      assertThat(ask("B").receiving(2_000_000).blocks(0, 1)).isEqualTo("refer A");
      assertThat(ask("C").blocks(0, 1)).as("has not said").isEqualTo("refer A");
      assertThat(ask("D").receiving(2_000_001).blocks(0, 1)).startsWith("serve 0+1");
      assertThat(table.stats().secondBytes()).isEqualTo(64 * KIB);
      assertThat(ask("E").receiving(3_000_000).blocks(0, 1)).isEqualTo("refer D");
    }

    @Test
    void areNotSentOfWhatASlowChildHolds() {
      ask("A").receiving(1_000).blocks(0, 1);
      held("A", bytes(0, 1));
      assertThat(ask("B").receiving(1_000_000).blocks(0, 1)).isEqualTo("refer A");
    }

    @Test
    void goToWhoExcludesTheLessee() {
      ask("A").blocks(0, 16);
      assertThat(ask("B").excluding("A").blocks(0, 16)).startsWith("serve 0+16");
      assertThat(table.stats().secondBytes()).isEqualTo(MIB);
      assertThat(ask("C").excluding("A").blocks(0, 16)).isEqualTo("refer B");
    }

    @Test
    void endWhereAnotherHasTheRest() {
      ask("A").blocks(0, 8);
      ask("B").blocks(8, 8);
      assertThat(ask("C").excluding("A").blocks(0, 16)).startsWith("serve 0+8");
    }

    @Test
    void areOfAHundredMegabytesFiveAQuarterOfThatToOneAsker() {
      for (int region = 0; region < 20; region++) {
        ask("A").receiving(20_000).blocks(16 * region, 16);
      }
      int region = 0;
      for (String asker : List.of("B", "C", "D", "E")) {
        assertThat(ask(asker).receiving(MIB).blocks(16 * region++, 16)).contains("+16 ");
        assertThat(ask(asker).receiving(MIB).blocks(16 * region++, 16)).contains("+4 ");
        assertThat(ask(asker).receiving(MIB).blocks(16 * region++, 16)).isEqualTo("refer A");
      }
      assertThat(table.stats().secondBytes()).isEqualTo(5 * MIB);
      alive.addAll(ids("F"));
      assertThat(ask("F").receiving(MIB).blocks(16 * region, 16)).isEqualTo("refer A");
      passes(Duration.ofSeconds(6));
      assertThat(ask("F").receiving(MIB).blocks(16 * region, 16))
          .as("50 KiB are back")
          .contains("A");
      ask("A").receiving(20_000).blocks(16 * 50, 16);
      passes(Duration.ofSeconds(2));
      assertThat(ask("F").receiving(MIB).blocks(16 * 50, 16)).startsWith("serve 800+1 ");
    }

    @Test
    void goToWhoDidNotGetItElsewhereWhateverOthersUsedUp() {
      for (int region = 0; region < 20; region++) {
        ask("A").receiving(20_000).blocks(16 * region, 16);
      }
      for (String asker : List.of("B", "C", "D", "E")) {
        for (int region = 0; region < 4; region++) {
          ask(asker).receiving(MIB).blocks(16 * (asker.charAt(0) + region - 'B'), 16);
        }
      }
      alive.addAll(ids("F"));
      assertThat(ask("F").excluding("A").blocks(16 * 10, 16)).startsWith("serve 160+16 ");
      assertThat(ask("F").excluding("A").blocks(16 * 11, 16)).startsWith("serve 176+4 ");
      assertThat(ask("F").excluding("A").blocks(16 * 12, 16)).isEqualTo("later 2s");
      assertThat(table.stats().laters()).isEqualTo(1);
      passes(Duration.ofSeconds(2));
      assertThat(ask("F").excluding("A").blocks(16 * 12, 16)).startsWith("serve 192+16 ");
      assertThat(ask("B").excluding("A").blocks(16 * 12, 16)).isEqualTo("refer F");
    }

    @Test
    void areFirstOnesOnceTwoAskersExcludeTheLessee() {
      ask("A").blocks(0, 16);
      ask("A").blocks(16, 16);
      assertThat(ask("B").excluding("A").blocks(0, 16)).startsWith("serve 0+16");
      assertThat(ask("B").excluding("A").blocks(16, 16)).startsWith("serve 16+4");
      assertThat(ask("B").excluding("A").blocks(20, 4)).as("one alone").startsWith("later");
      assertThat(ask("C").blocks(20, 4)).isEqualTo("refer A");
      assertThat(ask("C").excluding("A").blocks(20, 4)).startsWith("serve 20+4");
      assertThat(table.stats().secondBytes()).isEqualTo(MIB + 256 * KIB);
      assertThat(ask("D").blocks(24, 8)).as("which C did not ask for").isEqualTo("refer A");
    }

    @Test
    void goToEveryoneUntilARefutedChildTakesTheBytesAnew() {
      ask("A").blocks(0, 16);
      held("A", bytes(0, 16));
      ask("B").excluding("A").blocks(0, 1);
      gone("B", bytes(0, 1));
      assertThat(ask("C").blocks(0, 1)).as("B alone may lie").isEqualTo("refer A");
      ask("C").excluding("A").blocks(0, 1);
      gone("C", bytes(0, 1));
      held("A", bytes(0, 16));
      assertThat(ask("D").blocks(0, 1)).as("A's word does not count").startsWith("serve");
      gone("D", bytes(0, 1));
      assertThat(ask("A").blocks(0, 1)).as("nobody counts on it").isEqualTo("serve 0+1 0s");
      held("A", bytes(0, 1));
      assertThat(ask("D").blocks(0, 1)).startsWith("serve");
      gone("D", bytes(0, 1));
      ask("A").blocks(0, 1);
      table.moved(FILM, new Span(SIZE, 0, 1), id("A"), nowNanos);
      held("A", bytes(0, 1));
      assertThat(ask("E").blocks(0, 1)).isEqualTo("refer A");
    }

    @Test
    void areNotBoughtWithARateThatNobodyBelieves() {
      ask("A").receiving(1_000_000).blocks(0, 1);
      assertThat(ask("B").receiving(1_000_000_000_000L).blocks(0, 1)).isEqualTo("refer A");
      ask("B").receiving(1_000_000_000_000L).blocks(1, 1);
      assertThat(ask("C").receiving(1_000).blocks(1, 1)).isEqualTo("refer B");
    }

    @Test
    void areCutToWhatIsLeft() {
      Edition small = edition(2L * MIB);
      ask("A").of(small).blocks(0, 16);
      ask("A").of(small).blocks(16, 16);
      assertThat(ask("B").of(small).excluding("A").blocks(0, 10)).startsWith("serve 0+10");
      assertThat(ask("B").of(small).excluding("A").blocks(16, 16)).startsWith("serve 16+6");
      assertThat(ask("B").of(small).excluding("A").blocks(22, 1)).startsWith("later");
    }

    @Test
    void growWithWhatWasSentOnce() {
      Edition small = edition(2L * MIB);
      for (int round = 0; round < 20; round++) {
        ask("A").of(small).receiving(20_000).blocks(0, 16);
        ask("A").of(small).receiving(20_000).blocks(16, 16);
      }
      for (String asker : List.of("B", "C")) { // 5 % of 40 MiB
        Ask fast = ask(asker).of(small).receiving(asker.equals("B") ? MIB : 4 * MIB);
        assertThat(fast.blocks(asker.equals("B") ? 0 : 16, 16)).contains("+16 ");
      }
      assertThat(ask("D").of(small).receiving(32 * MIB).blocks(0, 16)).startsWith("refer");
    }

    @Test
    void areSentToAPlayHeadAlwaysBlockByBlock() {
      for (int region = 0; region < 10; region++) {
        ask("A").receiving(10 * MIB).blocks(16 * region, 16);
      }
      for (int region = 0; region < 2; region++) {
        ask("B").excluding("A").blocks(16 * region, 16);
      }
      assertThat(ask("B").atPlayHead().excluding("A").blocks(16 * 5, 16)).startsWith("serve 80+1");
      assertThat(ask("B").atPlayHead().excluding("A").blocks(16 * 5 + 1, 1)).startsWith("serve");
      assertThat(ask("B").excluding("A").blocks(16 * 5 + 2, 1)).startsWith("later");
    }

    @Test
    void areFirstOnesIfTheExcludedChildSaysThatItHolds() {
      for (int region = 0; region < 20; region++) {
        ask("A").blocks(16 * region, 16);
      }
      held("A", bytes(0, 320));
      for (int region = 0; region < 20; region++) {
        assertThat(ask("B").excluding("A").blocks(16 * region, 8)).startsWith("serve");
        assertThat(ask("C").blocks(16 * region, 8)).as("B alone may lie").isEqualTo("refer A");
      }
      assertThat(table.stats().secondBytes()).isZero();
    }

    @Test
    void areNotSentWhileAnotherHasThem() {
      ask("A").blocks(0, 1);
      ask("B").excluding("A").blocks(0, 1);
      held("A", bytes(0, 1));
      assertThat(ask("C").excluding("A").blocks(0, 1)).isEqualTo("refer B");
    }
  }

  @Nested
  class Memory {

    @Test
    void losesWhoLeaves() {
      ask("A").blocks(0, 16);
      ask("B").blocks(16, 16);
      held("A", bytes(0, 16));
      table.left(id("A"));
      table.left(id("A"));
      table.left(id("E"));
      assertThat(table.stats().claims()).isEqualTo(1);
      assertThat(ask("C").blocks(0, 16)).startsWith("serve");
      assertThat(ask("C").blocks(16, 16)).isEqualTo("refer B");
      held("A", bytes(0, 16));
      assertThat(ask("D").blocks(0, 1)).as("A was sent nothing that counts").isEqualTo("refer C");
    }

    @Test
    void losesEditionsThatChanged() {
      ask("A").blocks(0, 16);
      ask("A").blocks(16, 16);
      ask("B").of(edition(MIB)).blocks(0, 1);
      table.forget(FILM.id());
      table.forget(FILM.id());
      assertThat(table.stats().claims()).isEqualTo(1);
      assertThat(ask("C").blocks(0, 16)).startsWith("serve");
      assertThat(ask("C").of(edition(MIB)).blocks(0, 1)).isEqualTo("refer B");
    }

    @Test
    void keepsTheRegionsThatWereAskedForLast() {
      table = new LeaseTable(3);
      for (int region = 0; region < 3; region++) {
        ask("A").blocks(16 * region, 16);
      }
      assertThat(ask("B").blocks(0, 1)).isEqualTo("refer A");
      ask("A").blocks(16 * 3, 16);
      assertThat(table.stats().claims()).isEqualTo(3);
      assertThat(ask("B").blocks(0, 1)).isEqualTo("refer A");
      assertThat(ask("B").blocks(16, 1)).as("forgotten").startsWith("serve");
    }

    @Test
    void mayHaveAllItsClaimsInOneRegion() {
      table = new LeaseTable(2);
      alive.addAll(ids("FGHIJ"));
      String others = "";
      for (char asker = 'A'; asker <= 'J'; asker++) {
        assertThat(ask("" + asker).excluding(others).blocks(0, 1)).startsWith("serve");
        others += asker;
      }
      assertThat(table.stats().claims()).isEqualTo(10);
      ask("A").blocks(16, 1);
      assertThat(table.stats().claims()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // first byte, last byte, region, length: leaves touched, leaves whole (hexadecimal)
    "0, 0, 0, 5000000, 1, 0",
    "0, 16383, 0, 5000000, 1, 1",
    "0, 16384, 0, 5000000, 3, 1",
    "1, 32767, 0, 5000000, 3, 2",
    "0, 1048575, 0, 5000000, ffffffffffffffff, ffffffffffffffff",
    "0, 4999999, 2, 5000000, ffffffffffffffff, ffffffffffffffff",
    "1048575, 1048576, 0, 5000000, 8000000000000000, 0",
    "1048575, 1048576, 1, 5000000, 1, 0",
    "4194304, 4999999, 4, 5000000, 3ffffffffffff, 3ffffffffffff",
    "4194304, 4999998, 4, 5000000, 3ffffffffffff, 1ffffffffffff",
    "4194304, 9000000, 4, 5000000, ffffffffffffffff, 3ffffffffffff",
  })
  void rangesAreLeaves(
      long first, long last, int region, long length, String touched, String whole) {
    ByteRange range = new ByteRange(first, last);
    assertThat(Long.toHexString(Leaves.touchedBy(range, region))).isEqualTo(touched);
    assertThat(Long.toHexString(Leaves.wholeIn(range, region, length))).isEqualTo(whole);
  }
}
