package org.p2pd.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.http.CacheStatus;

class AccessLogTest {

  @TempDir Path directory;

  private static DeliveryLog.Entry entry(String target) {
    return new DeliveryLog.Entry(
        new RequestSummary("192.0.2.1", Instant.EPOCH, "GET", target, "HTTP/1.1", null, null, 0),
        200,
        5,
        DeliveryLog.Way.STREAM,
        Outcome.COMPLETE,
        Optional.of(CacheStatus.HIT),
        Duration.ZERO);
  }

  @Test
  void isOneLineForEachResponseWhateverStrangersWrite() throws IOException {
    Path file = directory.resolve("access.log");
    try (AccessLog log = AccessLog.open(file)) {
      log.ended(entry("/a\n192.0.2.2 - - forged\u001b[2J"));
      log.ended(entry("/b"));
    }
    assertThat(Files.readAllLines(file))
        .hasSize(2)
        .first()
        .asString()
        .contains("/a\\x0a192.0.2.2 - - forged\\x1b[2J");
  }

  @Test
  void goesOnInANewFileWhenTheOldOneWasRenamed() throws IOException {
    Path file = directory.resolve("access.log");
    try (AccessLog log = AccessLog.open(file)) {
      log.ended(entry("/a"));
      await().atMost(30, SECONDS).until(() -> Files.size(file) > 0);
      Files.move(file, directory.resolve("access.log.1"));
      log.ended(entry("/b"));
    }
    assertThat(Files.readAllLines(file)).singleElement().asString().contains("/b");
  }

  @Test
  void thatCannotBeWrittenIsSaidAtOnce() {
    assertThatThrownBy(() -> AccessLog.open(directory.resolve("none/access.log")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("access.log");
  }
}
