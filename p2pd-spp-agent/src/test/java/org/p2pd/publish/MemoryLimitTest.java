package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Reader;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/** Hashing, proving and reading together keep within {@code -M}. */
class MemoryLimitTest {

  private static final long MIB = 1 << 20;
  private static final long LIMIT = 8 * MIB;

  /** For the few KiB that Java itself puts between a file and an array, in each thread. */
  private static final long JAVAS_OWN = MIB;

  @TempDir Path temp;

  private static PublisherConfig limited(PublisherConfig c, int blockBytes) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        new BlockSize(blockBytes),
        c.settle(),
        c.followSymlinks(),
        c.trustFiles(),
        c.scanInterval(),
        64,
        LIMIT,
        c.clock(),
        c.ticker());
  }

  @Test
  void isKeptHoweverManyHashProveAndRead() throws IOException {
    Files.createDirectories(temp.resolve("mediafiles"));
    for (int i = 0; i < 8; i++) {
      byte[] bytes = PublicDirectory.random(3_000_000, i);
      Files.write(temp.resolve("mediafiles/large" + i + ".mp4"), bytes);
      Files.write(temp.resolve("mediafiles/small" + i + ".mp4"), new byte[20_000 << (i % 5)]);
    }
    long before = DirectMemoryInUse.bytes();
    try (PublicDirectory directory =
        new PublicDirectory(temp, c -> limited(c, BlockSize.REGION_BYTES))) {
      directory.started();
      assertThat(hashThreads()).as("a quarter of the memory").isEqualTo(2);
      assertWithin(before);
      List<ContentStream.Next.Bytes> held = new ArrayList<>();
      List<ContentStream> streams = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        for (String name : List.of("/large", "/small")) {
          Edition edition = directory.edition(name + i + ".mp4").orElseThrow();
          ContentStream stream = directory.open(edition, 0, Reader.VIEWER);
          streams.add(stream);
          if (stream.next(1) instanceof ContentStream.Next.Available available) {
            held.add(available.bytes());
          }
          proveAll(directory.publisher().content(), edition);
          assertWithin(before);
        }
      }
      assertThat(held).as("not all of them got memory").hasSizeBetween(5, 15);
      held.forEach(ContentStream.Next.Bytes::release);
      for (ContentStream stream : streams) {
        assertThat(stream.next(1)).isNotInstanceOf(ContentStream.Next.Failed.class);
        stream.close();
      }
      assertWithin(before);
    }
  }

  private static void proveAll(Content content, Edition edition) {
    for (int size = BlockSize.LEAF_BYTES; size <= BlockSize.REGION_BYTES; size *= 2) {
      Span span = new Span(new BlockSize(size), 0, 1);
      assertThat(content.prove(edition, span)).isPresent();
      assertThat(content.leafHashes(edition, span)).isPresent();
    }
  }

  private static void assertWithin(long before) {
    assertThat(DirectMemoryInUse.bytes() - before).isLessThanOrEqualTo(LIMIT + JAVAS_OWN);
  }

  private static long hashThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("p2pd-publish-hash-"))
        .count();
  }
}
