package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.http.RangeDecision.Several;
import org.p2pd.http.RangeDecision.Single;
import org.p2pd.http.RangeDecision.Unsatisfiable;
import org.p2pd.http.RangeDecision.Whole;
import org.p2pd.model.ByteRange;

class RangeHeaderTest {

  @Nested
  class OneRange {

    @ParameterizedTest
    @CsvSource({
      "bytes=0-0, 0-0",
      "bytes=0-499, 0-499",
      "bytes=500-999, 500-999",
      "bytes=9500-, 9500-9999",
      "bytes=-500, 9500-9999",
      "bytes=-99999, 0-9999",
      "bytes=0-, 0-9999",
      "bytes=9999-9999, 9999-9999",
      "bytes=9990-20000, 9990-9999",
      "BYTES=1-2, 1-2",
      "bytes = 1-2, 1-2",
      "'bytes=,1-2', 1-2",
      "'bytes= 1-2 ,\t, ', 1-2",
      "bytes=007-0009, 7-9",
      "bytes=0-99999999999999999999999999, 0-9999",
      "bytes=-99999999999999999999999999, 0-9999",
      "'bytes=1-2,20000-', 1-2",
    })
    void isServed(String field, String range) {
      assertThat(RangeHeader.decide(field, 10_000)).isEqualTo(new Single(range(range)));
    }
  }

  @Nested
  class Refused {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=",
          "bytes=,",
          "bytes=-",
          "bytes=a-b",
          "bytes=5-2",
          "bytes=1",
          "bytes=--1",
          "bytes=1--2",
          "bytes=1-2-3",
          "bytes=0x1-2",
          "bytes=+1-2",
          "bytes=1 -2",
          "bytes=1-2;3-4",
          "bytes=0-1,x",
          "bytes=0-1,5-2",
          "bytes=١-٢"
        })
    void whatIsMalformed(String field) {
      assertThat(RangeHeader.decide(field, 10_000)).isEqualTo(new Unsatisfiable("it is malformed"));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999-"})
    void whatBeginsBeyondTheEnd(String field) {
      assertThat(RangeHeader.decide(field, 10_000))
          .isEqualTo(new Unsatisfiable("it begins beyond the end"));
    }

    @Test
    void moreThan64Ranges() {
      assertThat(RangeHeader.decide(ranges(64), 10_000)).isInstanceOf(Several.class);
      assertThat(RangeHeader.decide(ranges(65), 10_000))
          .isEqualTo(new Unsatisfiable("it has more than 64 ranges"));
    }

    private String ranges(int count) {
      return IntStream.range(0, count)
          .mapToObj(i -> 10 * i + "-" + (10 * i + 3))
          .collect(Collectors.joining(",", "bytes=", ""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"seconds=1-2", "none", "", "bytes", "bytes 0-5", "=1-2", "b=1-2"})
  void anotherUnitIsIgnored(String field) {
    assertThat(RangeHeader.decide(field, 10_000)).isEqualTo(new Whole());
  }

  @Nested
  class OfAnEmptyFile {

    @Test
    void theLastBytesAreAllOfIt() {
      assertThat(RangeHeader.decide("bytes=-5", 0)).isEqualTo(new Whole());
    }

    @Test
    void noPositionExists() {
      assertThat(RangeHeader.decide("bytes=0-", 0)).isInstanceOf(Unsatisfiable.class);
      assertThat(RangeHeader.decide("bytes=-0", 0)).isInstanceOf(Unsatisfiable.class);
    }
  }

  @Nested
  class SeveralRanges {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "bytes=0-9,20-29 | 0-9 20-29",
          "bytes=20-29,0-9 | 20-29 0-9",
          "bytes=0-9,-10 | 0-9 9990-9999",
          "bytes=0-9,11-19 | 0-9 11-19",
          "bytes=50-59,0-9,55-70 | 50-70 0-9",
          "bytes=0-9,50-59,10-19,90-99 | 0-19 50-59 90-99",
          "bytes=90-99,0-9,40-49,5-45 | 90-99 0-49",
        })
    void areCoalescedInTheOrderAskedFor(String field, String expected) {
      List<ByteRange> ranges = List.of(expected.split(" ")).stream().map(r -> range(r)).toList();
      assertThat(RangeHeader.decide(field, 10_000)).isEqualTo(new Several(ranges));
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "bytes=0-9,10-19 | 0-19",
          "bytes=0-9,5-7 | 0-9",
          "bytes=0-,0-,0-,-1 | 0-9999",
          "bytes=0-9,20-29,5-25 | 0-29",
          "bytes=20-29,0-9,10-19 | 0-29",
        })
    void becomeOneWhenTheyTouch(String field, String range) {
      assertThat(RangeHeader.decide(field, 10_000)).isEqualTo(new Single(range(range)));
    }

    @Test
    void neverOverlapNorCoverMoreThanWasAsked() {
      Random random = new Random(4711);
      for (int round = 0; round < 2_000; round++) {
        boolean[] asked = new boolean[100];
        StringBuilder field = new StringBuilder("bytes=");
        for (int i = random.nextInt(1, 20); i > 0; i--) {
          int first = random.nextInt(100);
          int last = first + random.nextInt(10);
          field.append(first).append('-').append(last).append(',');
          for (int at = first; at <= Math.min(99, last); at++) {
            asked[at] = true;
          }
        }
        boolean[] got = new boolean[100];
        for (ByteRange range : list(RangeHeader.decide(field.toString(), 100))) {
          for (long at = range.first(); at <= range.last(); at++) {
            assertThat(got[(int) at]).as(field + " twice " + at).isFalse();
            got[(int) at] = true;
          }
        }
        assertThat(got).as(field.toString()).isEqualTo(asked);
      }
    }

    private static List<ByteRange> list(RangeDecision decision) {
      return decision instanceof Single single
          ? List.of(single.range())
          : ((Several) decision).ranges();
    }
  }

  private static ByteRange range(String text) {
    String[] ends = text.split("-", 2);
    return new ByteRange(Long.parseLong(ends[0]), Long.parseLong(ends[1]));
  }
}
