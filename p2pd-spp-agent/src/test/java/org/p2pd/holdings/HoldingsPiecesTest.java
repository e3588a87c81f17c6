package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.holding;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.roaringbitmap.RoaringBitmap;

/** The pure pieces. */
class HoldingsPiecesTest {

  private static final BlockSize KIB_64 = BlockSize.DEFAULT;

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0",
    "1, 1, 8",
    "0, 17592186044416, 0",
    "1, 17592186044416, 1",
    "2199023255552, 17592186044416, 1",
    "2199023255553, 17592186044416, 2",
    "17592186044415, 17592186044416, 7",
    "17592186044416, 17592186044416, 8",
    "1, 3, 3",
    "2, 3, 6",
    "7, 8, 7"
  })
  void eighthsAreRoundedUpAndEightOnlyIfAllIsHeld(long held, long length, int eighths) {
    assertThat(Eighths.of(holding(edition(1, length), held))).isEqualTo(eighths);
  }

  @Nested
  class Cursors {

    @Test
    void areReadAsTheyWereWritten() {
      Random random = new Random(5);
      List<HoldingsCursor> cursors =
          new ArrayList<>(List.of(HoldingsCursor.BEGIN, HoldingsCursor.at(-1, Long.MAX_VALUE)));
      for (int i = 0; i < 500; i++) {
        cursors.add(HoldingsCursor.at(random.nextLong(), random.nextLong() >>> 1));
        cursors.add(
            new HoldingsCursor(
                random.nextLong(), random.nextInt(9), random.nextLong() >>> 3, random.nextLong()));
      }
      for (HoldingsCursor cursor : cursors) {
        assertThat(cursor.toString()).matches("[0-9A-Za-z._-]{1,80}");
        assertThat(HoldingsCursor.parse(cursor.toString())).isEqualTo(cursor);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "0",
          "1",
          "12345.67",
          "0123456789abcdef",
          "0123456789abcdef.",
          "0123456789abcdeF.1",
          "0123456789abcdef.1.2",
          "0123456789abcdef.1.2.3.4",
          "0123456789abcdef.00000000000000001",
          "٣123456789abcdef.1"
        })
    void ofAnotherMakeAreThoseOfABeginner(String text) {
      assertThat(HoldingsCursor.parse(text)).isEqualTo(HoldingsCursor.BEGIN);
    }
  }

  @Nested
  class Tables {

    @Test
    void keepKeysInTheirUnsignedOrder() {
      Random random = new Random(11);
      TreeMap<Long, Integer> expected = new TreeMap<>(Long::compareUnsigned);
      EighthsTable table = new EighthsTable();
      List<Long> keys = new ArrayList<>(List.of(0L, -1L, 1L, Long.MIN_VALUE, Long.MAX_VALUE));
      for (int i = 0; i < 3_000; i++) {
        keys.add(random.nextLong());
      }
      for (int i = 0; i < 20_000; i++) {
        long key = keys.get(random.nextInt(keys.size()));
        int value = random.nextInt(9);
        table.put(key, value);
        if (value == 0) {
          expected.remove(key);
        } else {
          expected.put(key, value);
        }
        assertThat(table.get(key)).isEqualTo(value);
      }
      assertThat(table.count()).isEqualTo(expected.size());
      for (long from : keys.subList(0, 50)) {
        DigestRecords.Builder some = new DigestRecords.Builder(1 + random.nextInt(4_000));
        table.read(from, some);
        DigestRecords records = some.build();
        int i = 0;
        for (Map.Entry<Long, Integer> entry : expected.tailMap(from).entrySet()) {
          if (i == records.count()) {
            assertThat(some.isFull()).isTrue();
            break;
          }
          assertThat(records.key(i)).isEqualTo(entry.getKey());
          assertThat(records.eighths(i++)).isEqualTo(entry.getValue());
        }
        assertThat(i).isEqualTo(records.count());
      }
    }

    @Test
    void ofRowsAndColumnsAreWhatMapsWouldBe() {
      Random random = new Random(13);
      EditionRows rows = new EditionRows(random.nextLong());
      List<Column> columns = new ArrayList<>();
      List<Map<Long, Integer>> expected = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        columns.add(new Column());
        expected.add(new HashMap<>());
      }
      for (int round = 0; round < 200_000; round++) {
        int node = random.nextInt(7);
        long key = key(random, 4_000);
        int value = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(8);
        int before = columns.get(node).set(rows, key, value);
        assertThat(before).isEqualTo(expected.get(node).getOrDefault(key, 0));
        expected.get(node).put(key, value);
        expected.get(node).remove(key, 0);
        if (round % 20_011 == 0) { // one leaves, and comes back with nothing
          int at = 0;
          while (at >= 0) {
            at = columns.get(node).release(rows, at, 100);
          }
          assertThat(columns.get(node).count()).isZero();
          expected.get(node).clear();
        }
      }
      long distinct = expected.stream().flatMap(map -> map.keySet().stream()).distinct().count();
      assertThat(rows.count()).isEqualTo((int) distinct);
      assertThat(rows.capacity()).isLessThan(2 * 4_000 + 64);
      for (int node = 0; node < 7; node++) {
        Column column = columns.get(node);
        assertThat(column.count()).isEqualTo(expected.get(node).size());
        expected
            .get(node)
            .forEach((key, value) -> assertThat(column.get(rows.find(key))).isEqualTo(value));
      }
      assertThat(rows.find(random.nextLong())).isEqualTo(-1);
    }

    /** Neighbours too, as an enemy would choose them. */
    private long key(Random random, int different) {
      int number = random.nextInt(different);
      return number % 2 == 0 ? number : new Random(number).nextLong();
    }
  }

  @Nested
  class WholeBlocksOfLeaves {

    private final Edition edition = edition(1, 40 * 16_384L + 1);
    private final RoaringBitmap leaves = new RoaringBitmap();

    private WholeBlocks in(int kib) {
      return new WholeBlocks(leaves, edition.lengthBytes(), new BlockSize(kib * 1024));
    }

    @Test
    void areThoseAllOfWhoseLeavesAreThere() {
      leaves.add(3L, 12);
      leaves.add(39L, 41);
      assertThat(in(64).count()).isEqualTo(11);
      assertThat(in(64).next(0)).isEqualTo(1);
      assertThat(in(64).end(1)).isEqualTo(3);
      assertThat(in(64).end(0)).isZero();
      assertThat(in(64).next(12)).isEqualTo(10); // the last one is a single leaf of one byte
      assertThat(in(64).end(10)).isEqualTo(11);
      assertThat(in(128).next(0)).isEqualTo(5); // 8 to 15 is not whole, the last is one leaf
      assertThat(in(1024).next(0)).isEqualTo(1); // no more is: there is none
      leaves.remove(40L, 41);
      assertThat(in(64).next(12)).isEqualTo(11);
      assertThat(in(16).next(12)).isEqualTo(39);
    }

    @Test
    void areToldInRunsAndContinued() {
      leaves.add(0L, 8);
      leaves.add(12L, 16);
      leaves.add(24L, 41);
      RunList first = new RunList(2);
      long place = first.addHeld(in(64), 0).orElseThrow();
      assertThat(first.toList())
          .containsExactly(new BlockRun(true, 0, 2), new BlockRun(true, 3, 1));
      RunList rest = new RunList(2);
      assertThat(rest.addHeld(in(64), place)).isEmpty();
      assertThat(rest.toList()).containsExactly(new BlockRun(true, 6, 5));
    }

    @Test
    void areToldWithWhatIsGoneWhereSomethingWasTouched() {
      leaves.add(4L, 8);
      RoaringBitmap touched = new RoaringBitmap();
      touched.add(2L, 5);
      touched.add(6L, 14);
      touched.add(40L, 41);
      RunList first = new RunList(2);
      long place = first.addStates(in(64), touched).orElseThrow();
      assertThat(first.toList())
          .containsExactly(new BlockRun(false, 0, 1), new BlockRun(true, 1, 1));
      touched.remove(0L, place);
      RunList rest = new RunList(2);
      assertThat(rest.addStates(in(64), touched)).isEmpty();
      assertThat(rest.toList())
          .containsExactly(new BlockRun(false, 2, 2), new BlockRun(false, 10, 1));
    }
  }

  @Nested
  class Stale {

    private static final int LEAF = BlockSize.LEAF_BYTES;
    private final HandTimers time = new HandTimers();
    private final StaleClaims stale = new StaleClaims(time.ticker());
    private final Edition film = edition(1, 1 << 30);

    @Test
    void claimsEndWhereTheyWereWrong() {
      stale.add(film.id(), ByteRange.ofLength(LEAF, 2 * LEAF));
      stale.add(film.id(), ByteRange.ofLength(5 * LEAF, 3));
      assertThat(stale.until(film.id(), 0, 9 * LEAF)).isEqualTo(LEAF);
      assertThat(stale.until(film.id(), 2 * LEAF + 5, 9 * LEAF)).isEqualTo(2 * LEAF + 5);
      assertThat(stale.until(film.id(), 3 * LEAF, 9 * LEAF)).isEqualTo(5 * LEAF);
      assertThat(stale.until(film.id(), 3 * LEAF, 5 * LEAF - 1)).isEqualTo(5 * LEAF - 1);
      assertThat(stale.until(film.id(), 6 * LEAF, 9 * LEAF)).isEqualTo(9 * LEAF);
      assertThat(stale.until(film.id(), LEAF, LEAF)).isEqualTo(LEAF);
      stale.forget(Samples.key(film));
      assertThat(stale.until(film.id(), 0, 9 * LEAF)).isEqualTo(9 * LEAF);
    }

    @Test
    void claimsCountAgainTogetherAfterAWhile() {
      stale.add(film.id(), ByteRange.ofLength(0, LEAF));
      time.pass(StaleClaims.KEPT.dividedBy(2));
      stale.add(film.id(), ByteRange.ofLength(3 * LEAF, LEAF));
      assertThat(stale.until(film.id(), LEAF, 9 * LEAF)).isEqualTo(3 * LEAF);
      time.pass(StaleClaims.KEPT.dividedBy(2));
      assertThat(stale.contains(film.id())).isFalse();
      assertThat(stale.until(film.id(), LEAF, 9 * LEAF)).isEqualTo(9 * LEAF);
      stale.add(film.id(), ByteRange.ofLength(5 * LEAF, LEAF));
      assertThat(stale.until(film.id(), LEAF, 9 * LEAF)).isEqualTo(5 * LEAF);
    }

    @Test
    void claimsTakeBoundedMemory() {
      stale.add(film.id(), ByteRange.ofLength(0, LEAF));
      for (int i = 1; i < StaleClaims.MOST_NOTES; i++) {
        stale.add(edition(1 + i % 9, 1 << 30).id(), ByteRange.ofLength(2L * i * LEAF, LEAF));
      }
      assertThat(stale.contains(film.id())).isTrue();
      stale.add(edition(2, 1 << 30).id(), ByteRange.ofLength(0, LEAF));
      assertThat(stale.contains(film.id())).as("noted first").isFalse();
      assertThat(stale.contains(edition(2, 1 << 30).id())).isTrue();
    }
  }

  @Test
  void runsCannotBeWrong() {
    assertThatThrownBy(() -> new BlockRun(true, -1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BlockRun(true, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new BlockRun(true, 2, Integer.MAX_VALUE - 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new BlockRun(true, 3, 4).end()).isEqualTo(7);
    assertThat(KIB_64.bytes()).isEqualTo(65_536);
  }
}
