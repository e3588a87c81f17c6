package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.TestEdition;

class CountedContentTest {

  private static final ByteRange RANGE = new ByteRange(0, 9_999);
  private static final Set<Reader> VIEWERS = EnumSet.of(Reader.VIEWER);

  private final TestEdition video = TestEdition.random(200_000, 1);
  private @TempDir Path directory;
  private CountedContent content;

  @BeforeEach
  void hold() {
    TestContent held = new TestContent(directory);
    held.add(video);
    content = new CountedContent(held);
  }

  private ContentStream open(Reader reader) {
    return content.open(
        new ReadRequest(video.edition, RANGE, reader, Urgency.PLAY_HEAD, Fetching.MISSING));
  }

  @Test
  void whileItDrainsNoViewersReadingBegins() {
    content.beginDraining();
    try (ContentStream refused = open(Reader.VIEWER)) {
      assertThat(refused.next(10))
          .isInstanceOfSatisfying(
              Next.Failed.class,
              failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.CLOSING));
    }
    assertThat(content.filePart(video.edition, RANGE, Reader.VIEWER)).as("nor a send").isEmpty();
    assertThat(content.openReadings()).isZero();
  }

  @Test
  void whileItDrainsWhatBeganGoesOn() {
    try (ContentStream begun = open(Reader.VIEWER)) {
      content.beginDraining();
      assertThat(begun.next(10)).isInstanceOf(Next.Available.class);
    }
  }

  @Test
  void whileItDrainsOtherNodesAreServed() {
    content.beginDraining();
    try (ContentStream reading = open(Reader.PEER)) {
      assertThat(reading.next(10)).isInstanceOf(Next.Available.class);
    }
    assertThat(content.filePart(video.edition, RANGE, Reader.PEER)).isPresent();
  }

  @Test
  void onlyTheReadingsThatAreMeantAreWaitedFor() throws Exception {
    try (ContentStream peers = open(Reader.PEER)) {
      content.awaitNone(VIEWERS, Duration.ofDays(1));
      ContentStream viewers = open(Reader.VIEWER);
      CompletableFuture<Void> none = CompletableFuture.runAsync(this::awaitViewers);
      assertThat(none).isNotDone();
      viewers.close();
      none.get(30, TimeUnit.SECONDS);
      assertThat(peers.position()).isZero();
      assertThat(content.openReadings()).isEqualTo(1);
    }
    content.awaitNone(EnumSet.allOf(Reader.class), Duration.ofDays(1));
  }

  private void awaitViewers() {
    try {
      content.awaitNone(VIEWERS, Duration.ofDays(1));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
