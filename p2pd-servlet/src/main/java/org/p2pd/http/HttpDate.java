package org.p2pd.http;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dates as HTTP writes them (RFC 9110 5.6.7): one form is written, three are read. */
public final class HttpDate {

  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final List<String> MONTHS =
      List.of("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec");

  private static final String MONTH = "(?<month>[A-Z][a-z]{2})";
  private static final String TIME = "(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})";

  private static final List<Pattern> FORMS =
      List.of(
          Pattern.compile(
              "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>\\d{2}) "
                  + (MONTH + " (?<year>\\d{4}) " + TIME + " GMT")),
          Pattern.compile(
              "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>\\d{2})-"
                  + (MONTH + "-(?<year>\\d{2}) " + TIME + " GMT")),
          Pattern.compile(
              "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
                  + (MONTH + " (?<day>[ \\d]\\d) " + TIME + " (?<year>\\d{4})")));

  private HttpDate() {}

  /** Such as {@code Sun, 06 Nov 1994 08:49:37 GMT}; parts of a second are left out. */
  public static String format(Instant date) {
    return IMF_FIXDATE.format(date);
  }

  /**
   * Reads IMF-fixdate, RFC 850 and asctime dates; the day of the week is not checked.
   *
   * @param now decides the century of RFC 850's two-digit years: a date that would lie more than 50
   *     years in the future lies in the past
   */
  public static Optional<Instant> parse(String text, Instant now) {
    for (Pattern form : FORMS) {
      Matcher match = form.matcher(text);
      if (match.matches()) {
        return read(match, now);
      }
    }
    return Optional.empty();
  }

  private static Optional<Instant> read(Matcher match, Instant now) {
    try {
      int second = Integer.parseInt(match.group("second"));
      LocalDateTime date =
          LocalDateTime.of(
              year(match.group("year"), now),
              MONTHS.indexOf(match.group("month")) + 1,
              Integer.parseInt(match.group("day").strip()),
              Integer.parseInt(match.group("hour")),
              Integer.parseInt(match.group("minute")),
              Math.min(second, 59));
      // RFC 9110 5.6.7: second 60 is a leap second.
      return second > 60
          ? Optional.empty()
          : Optional.of(date.toInstant(ZoneOffset.UTC).plusSeconds(second - Math.min(second, 59)));
    } catch (DateTimeException e) {
      return Optional.empty(); // RFC 9110 13.1.3: what is not a date is ignored
    }
  }

  private static int year(String digits, Instant now) {
    int year = Integer.parseInt(digits);
    if (digits.length() == 4) {
      return year;
    }
    int thisYear = now.atOffset(ZoneOffset.UTC).getYear();
    int inThisCentury = thisYear - thisYear % 100 + year;
    return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
  }
}
