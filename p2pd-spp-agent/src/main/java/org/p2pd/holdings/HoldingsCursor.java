package org.p2pd.holdings;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an asker stands. Written as {@code 0}, {@code LIFE.SINCE} or {@code LIFE.SINCE.UPTO.PLACE},
 * in hexadecimal; opaque to everyone but the node that made it.
 *
 * @param life of the memory that it belongs to; random
 * @param since the version up to which the asker has everything; 0: it has nothing
 * @param upTo the version up to which it has what lies before {@code place}
 * @param place 0, or, while an answer comes in parts, where the next part begins
 */
public record HoldingsCursor(long life, long since, long upTo, long place) {

  /** The cursor of an asker that has nothing. */
  public static final HoldingsCursor BEGIN = new HoldingsCursor(0, 0, 0, 0);

  /** The longest text that is looked at. */
  public static final int MAX_CHARS = 80;

  private static final String HEX = "([0-9a-f]{1,16})";
  private static final Pattern FORM =
      Pattern.compile("([0-9a-f]{16})\\." + HEX + "(?:\\." + HEX + "\\." + HEX + ")?");

  /** The cursor of an asker that has everything up to a version. */
  static HoldingsCursor at(long life, long version) {
    return new HoldingsCursor(life, version, version, 0);
  }

  /** The cursor that a stranger wrote; {@link #BEGIN} if no node of this kind made it. */
  public static HoldingsCursor parse(String text) {
    Matcher form = FORM.matcher(text);
    if (text.length() > MAX_CHARS || !form.matches()) {
      return BEGIN; // it is answered whole, like one of another life
    }
    long life = HexFormat.fromHexDigitsToLong(form.group(1));
    long since = HexFormat.fromHexDigitsToLong(form.group(2));
    return form.group(3) == null
        ? at(life, since)
        : new HoldingsCursor(
            life,
            since,
            HexFormat.fromHexDigitsToLong(form.group(3)),
            HexFormat.fromHexDigitsToLong(form.group(4)));
  }

  @Override
  public String toString() {
    if (equals(BEGIN)) {
      return "0";
    }
    String begin = HexFormat.of().toHexDigits(life) + "." + Long.toHexString(since);
    return place == 0
        ? begin
        : begin + "." + Long.toHexString(upTo) + "." + Long.toHexString(place);
  }
}
