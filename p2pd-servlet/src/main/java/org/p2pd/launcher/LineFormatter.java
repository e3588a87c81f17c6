package org.p2pd.launcher;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * One readable line a record: {@code 2026-11-01 12:00:00.123 WARN publish: what happened}.
 *
 * <p>Control characters are shown as escapes: what strangers send may be logged, and must not be
 * able to forge lines or steer a terminal.
 */
public final class LineFormatter extends Formatter {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT);

  private static final String OWN_PACKAGE = "org.p2pd.";

  private final ZoneId zone;

  /** Made by name from a logging.properties; shows local time. */
  public LineFormatter() {
    this(ZoneId.systemDefault());
  }

  LineFormatter(ZoneId zone) {
    this.zone = zone;
  }

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(160);
    TIME.formatTo(record.getInstant().atZone(zone), line);
    line.append(' ').append(level(record.getLevel())).append(' ');
    line.append(subject(record.getLoggerName())).append(": ");
    String message = formatMessage(record);
    appendHarmless(line, message == null ? "" : message);
    line.append('\n');
    if (record.getThrown() != null) {
      StringWriter trace = new StringWriter();
      record.getThrown().printStackTrace(new PrintWriter(trace));
      trace.toString().lines().forEach(l -> appendHarmless(line.append("  "), l).append('\n'));
    }
    return line.toString();
  }

  private static String level(Level level) {
    if (level.intValue() >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (level.intValue() >= Level.WARNING.intValue()) {
      return "WARN ";
    }
    return level.intValue() >= Level.INFO.intValue() ? "INFO " : "DEBUG";
  }

  /** Our own loggers by package and class below org.p2pd, others by their last name. */
  private static String subject(String loggerName) {
    if (loggerName == null || loggerName.isEmpty()) {
      return "root";
    }
    if (loggerName.startsWith(OWN_PACKAGE)) {
      String name = loggerName.substring(OWN_PACKAGE.length());
      int lastDot = name.lastIndexOf('.');
      return lastDot < 0 ? name : name.substring(0, lastDot);
    }
    return loggerName.substring(loggerName.lastIndexOf('.') + 1);
  }

  private static StringBuilder appendHarmless(StringBuilder line, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\t') {
        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line;
  }
}
