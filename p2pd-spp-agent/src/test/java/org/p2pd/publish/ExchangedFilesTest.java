package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Ticker;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.p2pd.tree.TreeHasher;

/**
 * Somebody who may write into the public directory exchanges what lies there between two looks:
 * nothing that lies elsewhere is seen, hashed or read.
 */
@Timeout(60) // who opens a pipe waits for its writer
class ExchangedFilesTest {

  private static final Title FILE = new Title("/a/x.mp4");
  private static final byte[] OURS = PublicDirectory.random(200_000, 1);
  private static final byte[] SECRET = PublicDirectory.random(200_000, 2);

  @TempDir Path temp;
  private Path root;
  private Path file;
  private Path outside;
  private PublicTree tree;

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(temp.resolve("media"));
    tree = new PublicTree(root);
    Files.createDirectory(root.resolve("a"));
    file = Files.write(tree.fileOf(FILE), OURS);
    outside = Files.createDirectory(temp.resolve("outside"));
    Path secret = Files.write(outside.resolve("x.mp4"), SECRET);
    Files.write(outside.resolve("secret.mp4"), SECRET);
    Files.setLastModifiedTime(secret, Files.getLastModifiedTime(file));
    Files.setLastModifiedTime(file, Files.getLastModifiedTime(secret)); // both have whole µs
  }

  private enum Way {
    BY_DESCRIPTORS {
      @Override
      Finder finder(PublicTree tree) throws IOException {
        return new DescriptorFinder(tree, false, Libc.load());
      }
    },
    BY_WALKING {
      @Override
      Finder finder(PublicTree tree) {
        return new WalkingFinder(tree, false);
      }
    };

    abstract Finder finder(PublicTree tree) throws IOException;
  }

  private interface Act {
    void run() throws IOException;
  }

  /** What may come into the file's place. */
  private enum Intruder {
    LINK_OUT,
    DIRECTORY_LINK_OUT,
    PIPE,
    OTHER_FILE
  }

  private void exchangeFor(Intruder intruder) throws IOException {
    switch (intruder) {
      case LINK_OUT -> replace(file, outside.resolve("x.mp4"));
      case DIRECTORY_LINK_OUT -> replace(root.resolve("a"), outside);
      case PIPE -> {
        Files.move(file, temp.resolve("away"));
        makePipe(file);
      }
      case OTHER_FILE -> {
        Files.move(file, temp.resolve("away"));
        Files.write(file, PublicDirectory.random(OURS.length, 3));
      }
    }
  }

  private void replace(Path path, Path byLinkTo) throws IOException {
    Files.move(path, temp.resolve("away"));
    Files.createSymbolicLink(path, byLinkTo);
  }

  private static void makePipe(Path path) throws IOException {
    Process process = new ProcessBuilder("mkfifo", path.toString()).start();
    assertThat(process.onExit().join().exitValue()).isZero();
  }

  /** Finds as another does; once, just before or just after, something happens. */
  private static final class Interrupted implements Finder {
    private final Finder finder;
    private Act before = () -> {};
    private Act after = () -> {};

    Interrupted(Finder finder) {
      this.finder = finder;
    }

    private interface Search {
      Finding find() throws IOException;
    }

    private Finding find(Search search) throws IOException {
      Act first = before;
      before = () -> {};
      first.run();
      Finding found = search.find();
      Act then = after;
      after = () -> {};
      then.run();
      return found;
    }

    @Override
    public Finding at(Title title) throws IOException {
      return find(() -> finder.at(title));
    }

    @Override
    public Finding at(Path path) throws IOException {
      return find(() -> finder.at(path));
    }

    @Override
    public Finding directory(Path path) throws IOException {
      return find(() -> finder.directory(path));
    }
  }

  private static byte[] all(FileChannel channel) throws IOException {
    try (channel) {
      ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
      HashFile.readFully(channel, bytes, 0);
      return bytes.array();
    }
  }

  @Nested
  class WhatWasFound {

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void isWhatIsOpened(Intruder intruder) throws IOException {
      try (Finding found = Way.BY_DESCRIPTORS.finder(tree).at(FILE)) {
        exchangeFor(intruder);
        assertThat(all(found.open())).isEqualTo(OURS);
      }
    }

    @ParameterizedTest
    @EnumSource(names = {"LINK_OUT", "DIRECTORY_LINK_OUT", "PIPE"})
    void isOpenedBySteppingOverNoLink(Intruder intruder) throws IOException {
      try (Finding found = Way.BY_WALKING.finder(tree).at(FILE)) {
        exchangeFor(intruder);
        assertThatThrownBy(found::open).isInstanceOf(IOException.class);
      }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void isPublicWhereverALinkGoesBetween(Way way) throws IOException {
      Finder finder = way.finder(tree);
      Path absolute = Files.createSymbolicLink(root.resolve("absolute"), file);
      Path outAndBack = Files.createSymbolicLink(root.resolve("back"), Path.of("../media/a/x.mp4"));
      Path rootLink = Files.createSymbolicLink(temp.resolve("link"), root);
      Finder linked = way.finder(new PublicTree(rootLink));
      for (Finding each :
          List.of(
              finder.at(file),
              finder.at(absolute),
              finder.at(outAndBack),
              linked.at(FILE),
              linked.at(absolute))) {
        try (Finding found = each) {
          assertThat(found.isPublic()).isTrue();
          assertThat(found.stat()).isEqualTo(FileStat.of(file));
          assertThat(Files.isSameFile(found.name(), file)).isTrue();
          assertThat(all(found.open())).isEqualTo(OURS);
        }
      }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void isNotPublicOutside(Way way) throws IOException {
      Path twin = Files.createDirectory(temp.resolve("media2"));
      Files.write(twin.resolve("x.mp4"), SECRET);
      try (FileChannel open = FileChannel.open(outside.resolve("x.mp4"));
          var descriptors = Files.list(Path.of("/proc/self/fd"))) {
        Path magic =
            descriptors.filter(fd -> leadsTo(fd, outside.resolve("x.mp4"))).findAny().orElseThrow();
        for (Path target : List.of(twin.resolve("x.mp4"), outside.resolve("x.mp4"), magic)) {
          Path link = Files.createSymbolicLink(root.resolve("out"), target);
          try (Finding found = way.finder(tree).at(link)) {
            assertThat(found.isPublic()).isFalse();
            assertThat(found.likeness(found.stat())).isEqualTo(FileStat.Likeness.DIFFERENT);
          }
          Files.delete(link);
        }
        assertThat(open.isOpen()).isTrue();
      }
    }

    private boolean leadsTo(Path link, Path target) {
      try {
        return Files.readSymbolicLink(link).equals(target.toRealPath());
      } catch (IOException e) {
        return false; // the listing's own, closed by now
      }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void holdsNothingWhenClosed(Way way) throws IOException {
      Finder finder = way.finder(tree);
      Files.createSymbolicLink(root.resolve("out"), outside.resolve("x.mp4"));
      finder.at(FILE).close();
      long before = descriptors();
      for (int i = 0; i < 20; i++) {
        finder.at(FILE).close();
        finder.directory(root).close();
        finder.at(new Title("/out")).close();
        assertThatThrownBy(() -> finder.at(new Title("/none"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> finder.directory(file).open()).isInstanceOf(IOException.class);
      }
      assertThat(descriptors()).isLessThan(before + 20);
    }

    private long descriptors() throws IOException {
      try (var all = Files.list(Path.of("/proc/self/fd"))) {
        return all.count();
      }
    }
  }

  @Nested
  class AScan {

    private final List<Path> entered = new ArrayList<>();
    private final Troubles troubles = new Troubles();

    private Set<Title> scan(Finder finder, DirectoryScan.Entering entering) {
      return new DirectoryScan(tree, finder, entering).all(troubles).files().keySet();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void entersNoDirectoryThatBecameALinkOut(Way way) throws IOException {
      Interrupted finder = new Interrupted(way.finder(tree));
      Set<Title> titles =
          scan(
              finder,
              (directory, found) -> {
                entered.add(directory);
                finder.before =
                    () -> {
                      if (!Files.isSymbolicLink(root.resolve("a"))) {
                        exchangeFor(Intruder.DIRECTORY_LINK_OUT);
                      }
                    };
              });
      assertThat(titles).isEmpty();
      assertThat(entered).containsExactly(root);
    }

    @Test
    void listsTheDirectoryThatItLookedAt() throws IOException {
      Finder finder = Way.BY_DESCRIPTORS.finder(tree);
      Set<Title> titles =
          scan(
              finder,
              (directory, found) -> {
                if (directory.equals(root.resolve("a"))) {
                  exchange(Intruder.DIRECTORY_LINK_OUT);
                }
              });
      assertThat(titles).containsExactly(FILE);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void saysNothingOfTitlesWhenTheDirectoryItselfIsAway(Way way) throws IOException {
      Interrupted finder = new Interrupted(way.finder(tree));
      finder.before = () -> Files.move(root, temp.resolve("away"));
      Snapshot snapshot =
          new DirectoryScan(tree, finder, (directory, found) -> entered.add(directory))
              .all(troubles);
      assertThat(entered).isEmpty();
      assertThat(snapshot.covers(FILE)).isFalse();
    }

    private void exchange(Intruder intruder) {
      try {
        exchangeFor(intruder);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LINK_OUT", "DIRECTORY_LINK_OUT", "PIPE"})
  void aLookFindsNothingInItsPlace(Intruder intruder) throws IOException {
    Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
    FileLook look = new FileLook(tree, finder);
    assertThat(look.at(FILE)).isInstanceOf(Sighting.Regular.class);
    finder.before = () -> exchangeFor(intruder);
    assertThat(look.at(FILE)).isInstanceOf(Sighting.Nothing.class);
  }

  @Nested
  class Hashing {

    private HashJob job(Finder finder) throws IOException {
      return new HashJob(
          FILE,
          finder,
          FileStat.of(file),
          DigestAlgorithm.SHA_256,
          BlockSize.DEFAULT,
          new HashFiles(temp.resolve("state")));
    }

    private HashOutcome outcome(HashJob job) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES);
      for (long region = job.open(); region < job.regionCount(); region++) {
        job.hash(region, buffer, new TreeHasher(DigestAlgorithm.SHA_256));
      }
      return job.finish();
    }

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void refusesWhatWasExchangedBeforeItWasOpened(Intruder intruder) throws IOException {
      HashJob job = job(Way.BY_DESCRIPTORS.finder(tree));
      exchangeFor(intruder);
      assertThat(outcome(job)).isInstanceOf(HashOutcome.Changed.class);
    }

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void refusesItWhereDescriptorsHaveNoNames(Intruder intruder) throws IOException {
      HashJob job = job(Way.BY_WALKING.finder(tree));
      exchangeFor(intruder);
      assertThat(outcome(job)).isInstanceOf(HashOutcome.Changed.class);
    }

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void readsWhatWasLookedAt(Intruder intruder) throws IOException {
      Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
      HashJob job = job(finder);
      finder.after = () -> exchangeFor(intruder);
      ByteBuffer buffer = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES);
      assertThat(job.open()).isZero();
      assertThat(job.hasFailed()).isFalse();
      job.hash(0, buffer, new TreeHasher(DigestAlgorithm.SHA_256));
      byte[] hashed = new byte[buffer.rewind().remaining()];
      buffer.get(hashed);
      assertThat(hashed).isEqualTo(OURS);
      assertThat(job.finish()).isInstanceOf(HashOutcome.Changed.class);
    }

    @Test
    void isUndisturbedByAnExchangeThatWasUndone() throws IOException {
      Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
      Path away = temp.resolve("away");
      finder.after = () -> exchangeFor(Intruder.DIRECTORY_LINK_OUT);
      HashJob job = job(finder);
      assertThat(job.open()).isZero();
      Files.delete(root.resolve("a"));
      Files.move(away, root.resolve("a"));
      job.hash(
          0,
          ByteBuffer.allocateDirect(BlockSize.REGION_BYTES),
          new TreeHasher(DigestAlgorithm.SHA_256));
      assertThat(job.finish())
          .isInstanceOfSatisfying(
              HashOutcome.Hashed.class,
              hashed -> assertThat(hashed.edition()).isEqualTo(PublicDirectory.editionOf(OURS)));
    }
  }

  @Nested
  class Reading {

    private final Editions editions = new Editions(title -> {});
    private final Edition edition = PublicDirectory.editionOf(OURS);

    private ContentStream read(Finder finder, boolean trusting) throws IOException {
      HashedFile hashed = new HashedFile(FILE, tree, FileStat.of(file), edition, Instant.EPOCH);
      editions.add(hashed);
      return content(finder, trusting)
          .open(
              new ReadRequest(
                  edition,
                  new ByteRange(0, 999),
                  Reader.VIEWER,
                  Urgency.PLAY_HEAD,
                  Fetching.NOTHING));
    }

    private MediaContent content(Finder finder, boolean trusting) throws IOException {
      return new MediaContent(
          editions,
          new OpenFiles(new HashFiles(temp.resolve("state")), finder),
          new PinnedFiles(Libc.load(), finder, Ticker.systemTicker()),
          new BufferPool(4 << 20),
          new ProofBuffers(ByteBuffer.allocateDirect(BlockSize.LEAF_BYTES)),
          trusting,
          title -> {});
    }

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void refusesWhatWasExchangedAfterItsStatWasLookedAt(Intruder intruder) throws IOException {
      for (boolean trusting : new boolean[] {true, false}) {
        Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
        finder.before = () -> exchangeFor(intruder);
        try (ContentStream stream = read(finder, trusting)) {
          assertThat(stream.next(1000))
              .isInstanceOfSatisfying(
                  ContentStream.Next.Failed.class,
                  failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.EDITION_GONE));
        }
        undo(intruder);
      }
    }

    private void undo(Intruder intruder) throws IOException {
      Path at = intruder == Intruder.DIRECTORY_LINK_OUT ? root.resolve("a") : file;
      Files.delete(at);
      Files.move(temp.resolve("away"), at);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isOfWhatWasLookedAt(boolean trusting) throws IOException {
      Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
      finder.after = () -> exchangeFor(Intruder.LINK_OUT);
      try (ContentStream stream = read(finder, trusting)) {
        assertThat(PublicDirectory.take(stream.next(1000)))
            .isEqualTo(java.util.Arrays.copyOf(OURS, 1000));
      }
    }

    @ParameterizedTest
    @EnumSource(Intruder.class)
    void ofAPartForThePeerIsByANameThatLeadsNowhereElse(Intruder intruder) throws IOException {
      Interrupted finder = new Interrupted(Way.BY_DESCRIPTORS.finder(tree));
      HashedFile hashed = new HashedFile(FILE, tree, FileStat.of(file), edition, Instant.EPOCH);
      editions.add(hashed);
      FilePart part =
          content(finder, false)
              .filePart(edition, new ByteRange(0, 999), Reader.PEER)
              .orElseThrow();
      exchangeFor(intruder);
      try (FileInputStream in = new FileInputStream(part.file().toString())) {
        assertThat(in.readAllBytes()).isEqualTo(OURS);
      }
      undo(intruder);
      finder.before = () -> exchangeFor(intruder);
      assertThat(content(finder, false).filePart(edition, new ByteRange(0, 999), Reader.PEER))
          .isEmpty();
    }
  }

  /** Nothing here depends on who is quicker; the quicker the more is tried. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void nothingFromOutsideIsHashedWhileLinksAreTurnedToAndFro(Way way) throws Exception {
    Finder finder = way.finder(tree);
    Path hidden = Files.createDirectory(root.resolve(".hid"));
    Path link = Files.createSymbolicLink(hidden.resolve("x"), root.resolve("a"));
    Files.createSymbolicLink(root.resolve("s"), link);
    Files.setLastModifiedTime(outside.resolve("x.mp4"), FileTime.from(Instant.EPOCH));
    FileStat secret = FileStat.of(outside.resolve("x.mp4"));
    AtomicBoolean enough = new AtomicBoolean();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    Thread exchanging =
        new Thread(
            () -> {
              try {
                for (int i = 0; !enough.get(); i++) {
                  Path next = hidden.resolve("next");
                  Files.createSymbolicLink(next, i % 2 == 0 ? outside : root.resolve("a"));
                  Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
                }
              } catch (IOException e) {
                failures.add(e);
              }
            });
    exchanging.start();
    try {
      Title title = new Title("/s/x.mp4");
      FileLook look = new FileLook(tree, finder);
      HashFiles places = new HashFiles(temp.resolve("state"));
      ByteBuffer buffer = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES);
      TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
      for (int i = 0; i < 1000; i++) {
        FileStat seen = look.at(title) instanceof Sighting.Regular r ? r.stat() : secret;
        HashJob job =
            new HashJob(
                title, finder, seen, DigestAlgorithm.SHA_256, new BlockSize(1 << 20), places);
        job.open();
        job.hash(0, buffer, hasher);
        if (job.finish() instanceof HashOutcome.Hashed hashed) {
          assertThat(hashed.edition()).isEqualTo(PublicDirectory.editionOf(OURS));
        }
        if (way == Way.BY_DESCRIPTORS) {
          assertThat(look.at(title)).isNotEqualTo(new Sighting.Regular(secret, false));
          Snapshot snapshot =
              new DirectoryScan(tree, finder, (directory, found) -> {}).all(new Troubles());
          assertThat(snapshot.files())
              .doesNotContainValue(secret)
              .doesNotContainKey(new Title("/s/secret.mp4"));
        }
      }
    } finally {
      enough.set(true);
      exchanging.join();
    }
    assertThat(failures).isEmpty();
  }
}
