package org.p2pd.catalogue;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an asker stands: its position, or, while it gathers the checkpoint of that position, the
 * page that it needs next. Written as {@code 0}, {@code EPOCH.NUMBER} or {@code EPOCH.NUMBER.PAGE}.
 *
 * @param page 0, or the number of a checkpoint's first pages that the asker has
 */
public record Cursor(Position position, int page) {

  /** The cursor of an asker that has nothing. */
  public static final Cursor BEGIN = new Cursor(Position.NONE, 0);

  private static final String DECIMAL = "(0|[1-9][0-9]{0,18})";
  private static final Pattern FORM =
      Pattern.compile(DECIMAL + "\\." + DECIMAL + "(?:\\.([1-9][0-9]{0,4}))?");

  public Cursor {
    if (page < 0 || page >= BatchPlace.MAX_PAGES || (page > 0 && position.number() == 0)) {
      throw new IllegalArgumentException("cursor " + position + "." + page);
    }
  }

  /** The cursor after everything up to that position. */
  public static Cursor after(Position position) {
    return new Cursor(position, 0);
  }

  /** The cursor that a stranger wrote, if it is one. */
  public static Optional<Cursor> parse(String text) {
    if (text.equals("0")) {
      return Optional.of(BEGIN);
    }
    Matcher form = FORM.matcher(text);
    if (text.length() > 80 || !form.matches()) {
      return Optional.empty();
    }
    try {
      Position position =
          new Position(Long.parseLong(form.group(1)), Long.parseLong(form.group(2)));
      String page = form.group(3);
      return Optional.of(new Cursor(position, page == null ? 0 : Integer.parseInt(page)));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // beyond 63 bits, or numbers that do not go together
    }
  }

  @Override
  public String toString() {
    if (equals(BEGIN)) {
      return "0";
    }
    return page == 0 ? position.toString() : position + "." + page;
  }
}
