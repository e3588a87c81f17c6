package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 9110 section 13 as tables; the current tag is "v2", its date 2020-01-02. */
class PreconditionsTest {

  private static final EntityTag CURRENT = new EntityTag(false, "v2");
  private static final Instant DATE = Instant.parse("2020-01-02T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final String BEFORE = "Wed, 01 Jan 2020 00:00:00 GMT";
  private static final String SAME = "Thu, 02 Jan 2020 00:00:00 GMT";
  private static final String AFTER = "Fri, 03 Jan 2020 00:00:00 GMT";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        // If-Match | If-Unmodified-Since | If-None-Match | If-Modified-Since | outcome
        "-      | -      | -      | -      | PROCEED",
        // If-Match: strong comparison
        "`\"v2\"`   | - | - | - | PROCEED",
        "*          | - | - | - | PROCEED",
        "`\"v1\"`   | - | - | - | FAILED",
        "`W/\"v2\"` | - | - | - | FAILED",
        "`\"v1\", \"v2\"` | - | - | - | PROCEED",
        "junk       | - | - | - | FAILED",
        // If-Unmodified-Since only without If-Match
        "- | BEFORE | - | - | FAILED",
        "- | SAME   | - | - | PROCEED",
        "- | AFTER  | - | - | PROCEED",
        "- | junk   | - | - | PROCEED",
        "`\"v2\"` | BEFORE | - | - | PROCEED",
        // If-None-Match: weak comparison
        "- | - | `\"v2\"`   | - | NOT_MODIFIED",
        "- | - | `W/\"v2\"` | - | NOT_MODIFIED",
        "- | - | *          | - | NOT_MODIFIED",
        "- | - | `\"v1\"`   | - | PROCEED",
        "- | - | `\"v1\", W/\"v2\"` | - | NOT_MODIFIED",
        "- | - | junk | - | PROCEED",
        // If-Modified-Since only without If-None-Match
        "- | - | - | BEFORE | PROCEED",
        "- | - | - | SAME   | NOT_MODIFIED",
        "- | - | - | AFTER  | NOT_MODIFIED",
        "- | - | - | junk   | PROCEED",
        "- | - | `\"v1\"` | AFTER | PROCEED",
        "- | - | `\"v2\"` | BEFORE | NOT_MODIFIED",
        // order: a failed If-Match wins over everything
        "`\"v1\"` | - | `\"v2\"` | AFTER | FAILED",
        "- | BEFORE | `\"v2\"` | - | FAILED",
        "`\"v2\"` | - | `\"v2\"` | - | NOT_MODIFIED",
      })
  void areWeighedInOrder(
      String ifMatch,
      String ifUnmodifiedSince,
      String ifNoneMatch,
      String ifModifiedSince,
      Preconditions.Outcome outcome) {
    Map<String, String> fields = new HashMap<>();
    put(fields, "If-Match", ifMatch);
    put(fields, "If-Unmodified-Since", ifUnmodifiedSince);
    put(fields, "If-None-Match", ifNoneMatch);
    put(fields, "If-Modified-Since", ifModifiedSince);
    assertThat(Preconditions.evaluate(RequestFields.of(fields), CURRENT, Optional.of(DATE), NOW))
        .isEqualTo(outcome);
  }

  @Test
  void datesAreIgnoredWhereNoneIsShown() {
    for (String name : new String[] {"If-Unmodified-Since", "If-Modified-Since"}) {
      RequestFields fields = RequestFields.of(Map.of(name, BEFORE));
      assertThat(Preconditions.evaluate(fields, CURRENT, Optional.empty(), NOW))
          .isEqualTo(Preconditions.Outcome.PROCEED);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        "- | true",
        "`\"v2\"` | true",
        "`\"v1\"` | false",
        "`W/\"v2\"` | false",
        "`\"v2\", \"v2\"` | false",
        "SAME | true",
        "BEFORE | false",
        "AFTER | false",
        "junk | false",
        "* | false",
      })
  void ifRangeIsAStrongComparison(String ifRange, boolean applies) {
    Map<String, String> fields = new HashMap<>();
    put(fields, "If-Range", ifRange);
    assertThat(
            Preconditions.rangeApplies(RequestFields.of(fields), CURRENT, Optional.of(DATE), NOW))
        .isEqualTo(applies);
  }

  @Test
  void anIfRangeDateDoesNotHoldWhereNoneIsShown() {
    RequestFields fields = RequestFields.of(Map.of("If-Range", SAME));
    assertThat(Preconditions.rangeApplies(fields, CURRENT, Optional.empty(), NOW)).isFalse();
  }

  private static void put(Map<String, String> fields, String name, String value) {
    if (value != null) {
      fields.put(
          name, value.replace("BEFORE", BEFORE).replace("SAME", SAME).replace("AFTER", AFTER));
    }
  }
}
