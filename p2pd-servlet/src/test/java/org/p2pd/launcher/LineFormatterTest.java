package org.p2pd.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LineFormatterTest {

  private final LineFormatter formatter = new LineFormatter(ZoneOffset.UTC);

  private static LogRecord log(Level level, String logger, String message) {
    LogRecord log = new LogRecord(level, message);
    log.setLoggerName(logger);
    log.setInstant(Instant.parse("2026-11-01T12:34:56.789Z"));
    return log;
  }

  @Test
  void aRecordIsALine() {
    assertThat(formatter.format(log(Level.INFO, "org.p2pd.publish.Scanner", "published /a.mp4")))
        .isEqualTo("2026-11-01 12:34:56.789 INFO  publish: published /a.mp4\n");
    assertThat(formatter.format(log(Level.SEVERE, "org.apache.Foo", "x")))
        .endsWith(" ERROR Foo: x\n");
    assertThat(formatter.format(log(Level.FINE, "", "x"))).endsWith(" DEBUG root: x\n");
  }

  @Test
  void strangersCannotForgeLinesOrSteerTerminals() {
    assertThat(formatter.format(log(Level.WARNING, "org.p2pd.http.X", "a\nb\u001b[2Jc\r")))
        .endsWith("WARN  http: a\\u000ab\\u001b[2Jc\\u000d\n");
  }

  @Test
  @SuppressWarnings("NullAway")
  void aRecordWithoutAMessageIsALineToo() {
    assertThat(formatter.format(log(Level.SEVERE, "org.apache.Foo", null)))
        .endsWith(" ERROR Foo: \n");
  }

  @Test
  void aFailureComesWithItsTrace() {
    LogRecord log = log(Level.SEVERE, "org.p2pd.store.X", "failed");
    log.setThrown(new IllegalStateException("why\nnot"));

    assertThat(formatter.format(log))
        .contains("store: failed\n  java.lang.IllegalStateException: why\n  not\n")
        .contains("LineFormatterTest");
  }
}
