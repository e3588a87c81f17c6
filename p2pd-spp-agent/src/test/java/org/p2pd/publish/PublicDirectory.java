package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.p2pd.tree.TreeHasher;

/** A public directory with a publisher on it, whose listener is the catalogue of the test. */
final class PublicDirectory implements AutoCloseable {

  static final Duration LONG = Duration.ofSeconds(60);

  final Path files;
  final Path state;
  private final Map<Title, Edition> catalogue = new HashMap<>();
  private final List<String> log = new ArrayList<>();
  private PublisherConfig config;
  private Publisher publisher;

  PublicDirectory(Path temp) throws IOException {
    this(temp, config -> config);
  }

  PublicDirectory(Path temp, Function<PublisherConfig, PublisherConfig> change) throws IOException {
    this.files = Files.createDirectories(temp.resolve("mediafiles"));
    this.state = Files.createDirectories(temp.resolve("state"));
    this.config = change.apply(settling(Duration.ofMillis(200)));
  }

  PublisherConfig settling(Duration settle) {
    PublisherConfig standard = PublisherConfig.standard(files, state);
    return new PublisherConfig(
        standard.publicDirectory(),
        standard.stateDirectory(),
        standard.digest(),
        standard.blockSize(),
        settle,
        false,
        false,
        standard.scanInterval(),
        2,
        8 << 20,
        standard.clock(),
        standard.ticker());
  }

  static PublisherConfig following(PublisherConfig c) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        c.blockSize(),
        c.settle(),
        true,
        c.trustFiles(),
        c.scanInterval(),
        c.hashThreads(),
        c.memoryBytes(),
        c.clock(),
        c.ticker());
  }

  static PublisherConfig trusting(PublisherConfig c) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        c.blockSize(),
        c.settle(),
        c.followSymlinks(),
        true,
        c.scanInterval(),
        c.hashThreads(),
        c.memoryBytes(),
        c.clock(),
        c.ticker());
  }

  static PublisherConfig scanningEvery(PublisherConfig c, Duration interval) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        c.blockSize(),
        c.settle(),
        c.followSymlinks(),
        c.trustFiles(),
        interval,
        c.hashThreads(),
        c.memoryBytes(),
        c.clock(),
        c.ticker());
  }

  static PublisherConfig inBlocksOf(PublisherConfig c, int bytes) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        new BlockSize(bytes),
        c.settle(),
        c.followSymlinks(),
        c.trustFiles(),
        c.scanInterval(),
        c.hashThreads(),
        c.memoryBytes(),
        c.clock(),
        c.ticker());
  }

  static PublisherConfig withMemory(PublisherConfig c, long bytes) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        c.blockSize(),
        c.settle(),
        c.followSymlinks(),
        c.trustFiles(),
        c.scanInterval(),
        c.hashThreads(),
        bytes,
        c.clock(),
        c.ticker());
  }

  /** Starts in another way and stops at once. */
  void tryToStart(Function<PublisherConfig, PublisherConfig> change) throws IOException {
    Publisher.open(change.apply(config), Map.of(), new Recorder()).close();
  }

  PublicDirectory start() throws IOException {
    Map<Title, Edition> known;
    synchronized (this) {
      known = Map.copyOf(catalogue);
      log.clear();
    }
    publisher = Publisher.open(config, known, new Recorder());
    return this;
  }

  /** Starts and waits until the first scan is told. */
  PublicDirectory started() throws IOException {
    start();
    await().atMost(LONG).until(() -> log().contains("scanComplete"));
    return this;
  }

  /** Starts on a directory that is empty, and waits until it was scanned, so that it is watched. */
  PublicDirectory startedEmpty() throws IOException {
    Files.write(files.resolve("first"), new byte[1]);
    return started();
  }

  void stop() {
    publisher.close();
  }

  void restart() throws IOException {
    stop();
    start();
  }

  Publisher publisher() {
    return publisher;
  }

  /** What the listener heard, in order: {@code published /a}, {@code removed /a}, … */
  synchronized List<String> log() {
    return List.copyOf(log);
  }

  synchronized Optional<Edition> edition(String title) {
    return Optional.ofNullable(catalogue.get(new Title(title)));
  }

  synchronized Set<Title> titles() {
    return Set.copyOf(catalogue.keySet());
  }

  Edition awaitPublished(String title, byte[] content) {
    Edition expected = editionOf(content);
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(edition(title)).as("%s %s", title, log()).hasValue(expected));
    return expected;
  }

  void awaitRemoved(String title) {
    await().atMost(LONG).untilAsserted(() -> assertThat(log()).contains("removed " + title));
  }

  void awaitProblem(String part) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () -> assertThat(publisher.problems()).anyMatch(problem -> problem.contains(part)));
  }

  void awaitNoProblem() {
    await().atMost(LONG).untilAsserted(() -> assertThat(publisher.problems()).isEmpty());
  }

  /** What this system's finder is, for parts of a publisher. */
  static Finder finder(PublicTree tree, boolean followSymlinks) throws IOException {
    return Finder.of(tree, followSymlinks, Libc.load());
  }

  /** All bytes as a viewer gets them; fails the test if the reading fails. */
  byte[] read(Edition edition) {
    return read(edition, 256 * 1024);
  }

  byte[] read(Edition edition, int maxBytes) {
    if (edition.lengthBytes() == 0) {
      return new byte[0];
    }
    try (ContentStream stream = open(edition, 0, Reader.VIEWER)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      while (true) {
        ContentStream.Next next = stream.next(maxBytes);
        if (next instanceof ContentStream.Next.End) {
          return all.toByteArray();
        }
        all.writeBytes(take(next));
      }
    }
  }

  ContentStream open(Edition edition, long from, Reader reader) {
    return publisher
        .content()
        .open(
            new ReadRequest(
                edition,
                new ByteRange(from, edition.lengthBytes() - 1),
                reader,
                Urgency.PLAY_HEAD,
                Fetching.MISSING));
  }

  static byte[] take(ContentStream.Next next) {
    assertThat(next).isInstanceOf(ContentStream.Next.Available.class);
    try (ContentStream.Next.Bytes bytes = ((ContentStream.Next.Available) next).bytes()) {
      byte[] copy = new byte[bytes.data().remaining()];
      bytes.data().get(copy);
      return copy;
    }
  }

  static byte[] random(int lengthBytes, long seed) {
    byte[] bytes = new byte[lengthBytes];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** The edition computed the slow way, leaf by leaf. */
  static Edition editionOf(byte[] content) {
    return new Edition(DigestAlgorithm.SHA_256, content.length, rootOf(content));
  }

  private static Hash rootOf(byte[] content) {
    if (content.length == 0) {
      return TreeHasher.emptyRoot(DigestAlgorithm.SHA_256);
    }
    TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
    List<Hash> level = new ArrayList<>();
    for (int at = 0; at < content.length; at += BlockSize.LEAF_BYTES) {
      int length = Math.min(BlockSize.LEAF_BYTES, content.length - at);
      level.add(hasher.leaf(ByteBuffer.wrap(content, at, length)));
    }
    while (level.size() > 1) {
      List<Hash> above = new ArrayList<>();
      for (int i = 0; i < level.size(); i += 2) {
        above.add(
            i + 1 < level.size() ? hasher.inner(level.get(i), level.get(i + 1)) : level.get(i));
      }
      level = above;
    }
    return level.get(0);
  }

  @Override
  public void close() {
    if (publisher != null) {
      publisher.close();
    }
    await("no thread is left behind").atMost(LONG).until(() -> threads() == 0);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("p2pd-publish"))
        .count();
  }

  static void write(Path file, byte[] content) {
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Recorder implements PublicationListener {
    @Override
    public void announced(Title title) {
      note("announced " + title);
    }

    @Override
    public void published(Title title, Edition edition, Instant fileDate) {
      synchronized (PublicDirectory.this) {
        catalogue.put(title, edition);
        note("published " + title);
      }
    }

    @Override
    public void removed(Title title) {
      synchronized (PublicDirectory.this) {
        catalogue.remove(title);
        note("removed " + title);
      }
    }

    @Override
    public void listed() {}

    @Override
    public void scanComplete() {
      note("scanComplete");
    }

    private void note(String what) {
      synchronized (PublicDirectory.this) {
        log.add(what);
      }
    }
  }
}
