package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.DATE;
import static org.p2pd.catalogue.Samples.edition;
import static org.p2pd.catalogue.Samples.shown;
import static org.p2pd.catalogue.Samples.sync;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Titles.Lookup;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.model.Title;

class ReplicaTest {

  private static final NodeKey KEY = NodeKey.generate();
  private static final Title FILM = title("/film.webm");

  @TempDir Path root;

  private final Samples.Clock clock = new Samples.Clock();
  private Journal server;
  private Replica cache;
  private Optional<NodeId> beforehand = Optional.empty();

  @BeforeEach
  void open() throws IOException {
    server = server("server", KEY);
    cache = cache("cache");
  }

  @AfterEach
  void close() {
    server.close();
    cache.close();
  }

  private Journal server(String name, NodeKey key) throws IOException {
    return Journal.open(root.resolve(name), key, clock, new Samples.HandTimer());
  }

  private Replica cache(String name) throws IOException {
    Path state = root.resolve(name);
    return Replica.open(
        state.resolve("catalogue"), Pin.open(state.resolve("authority"), beforehand));
  }

  private void restartCache() throws IOException {
    cache.close();
    cache = cache("cache");
  }

  private void publish(Title title, long edition) {
    server.publish(title, edition(edition), DATE);
    server.flush();
  }

  private void publishAll(int from, int to, long salt) {
    for (int i = from; i < to; i++) {
      server.publish(title("/t/" + i), edition(salt * 1_000_000 + i), DATE);
    }
    server.flush();
  }

  private List<byte[]> batches(CatalogueFeed feed) throws CatalogueFormatException {
    byte[] bytes = feed.since(Cursor.BEGIN, Integer.MAX_VALUE).batches();
    List<byte[]> batches = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      int length = BatchHeader.parse(bytes, at).batchBytes();
      batches.add(Arrays.copyOfRange(bytes, at, at + length));
      at += length;
    }
    return batches;
  }

  @Nested
  class Following {

    @Test
    void knowsWhatTheServerPublished() {
      publish(FILM, 1);
      server.announce(title("/soon"));
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(shown(cache)).isEqualTo(shown(server));
      assertThat(cache.lookup(title("/soon"))).isInstanceOf(Lookup.NotReady.class);
      assertThat(cache.lookup(title("/none"))).isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void isNotSyncedUntilTheScanIsCompleteYetServesWhatIsPublished() {
      assertThat(cache.lookup(FILM)).isInstanceOf(Lookup.NotSynced.class);
      publish(FILM, 1);
      sync(server, cache);
      assertThat(cache.lookup(FILM)).isInstanceOf(Lookup.Published.class);
      assertThat(cache.lookup(title("/b"))).isInstanceOf(Lookup.NotSynced.class);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(cache.lookup(title("/b"))).isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void relaysTheSameBytes() throws Exception {
      publish(FILM, 1);
      publish(FILM, 2);
      server.remove(FILM);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(cache.since(Cursor.BEGIN, 1 << 20).batches())
          .isEqualTo(server.since(Cursor.BEGIN, 1 << 20).batches());
      assertThat(cache.authority()).contains(KEY.publicKey());

      try (Replica child = cache("child")) {
        sync(cache, child);
        assertThat(child.end()).isEqualTo(server.end());
        assertThat(shown(child)).isEqualTo(shown(server));
      }
    }

    @Test
    void wakesThoseWhoWaitForNewsHere() {
      CompletableFuture<Void> news = cache.changedAfter(Cursor.BEGIN);
      assertThat(news).isNotDone();
      publish(FILM, 1);
      sync(server, cache);
      assertThat(news).isCompleted();
    }

    @Test
    void tellsListenersWhichEditionsCameAndWent() {
      List<TitleChange> heard = new ArrayList<>();
      cache.onChange(heard::addAll);
      publish(FILM, 1);
      publish(FILM, 2);
      server.remove(FILM);
      server.flush();
      sync(server, cache);
      assertThat(heard)
          .containsExactly(
              new TitleChange(FILM, Optional.empty(), Optional.of(edition(1))),
              new TitleChange(FILM, Optional.of(edition(1)), Optional.of(edition(2))),
              new TitleChange(FILM, Optional.of(edition(2)), Optional.empty()));
    }

    @Test
    void startsFromItsDiskWithoutAnyone() throws IOException {
      publish(FILM, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      server.close();
      restartCache();
      assertThat(cache.lookup(FILM)).isInstanceOf(Lookup.Published.class);
      assertThat(cache.lookup(title("/b"))).isInstanceOf(Lookup.Unknown.class);
      assertThat(cache.signedEntry(FILM).orElseThrow().isSignedBy(KEY.publicKey())).isTrue();
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
    }

    @Test
    void goesOnAfterATornOrDamagedFile() throws IOException {
      for (int i = 0; i < 20; i++) {
        publish(title("/t/" + i), i);
      }
      server.scanComplete();
      server.flush();
      sync(server, cache);
      Path file = root.resolve("cache/catalogue/00000001.log");
      byte[] whole = Files.readAllBytes(file);
      Random random = new Random(6);
      for (int round = 0; round < 20; round++) {
        cache.close();
        byte[] bad = Arrays.copyOf(whole, 16 + random.nextInt(whole.length - 16));
        if (round % 2 == 1 && bad.length > 17) {
          bad[16 + random.nextInt(bad.length - 16)] ^= 4;
        }
        for (String old : root.resolve("cache/catalogue").toFile().list()) {
          Files.delete(root.resolve("cache/catalogue").resolve(old));
        }
        Files.write(file, bad);
        cache = cache("cache");
        sync(server, cache);
        assertThat(shown(cache)).isEqualTo(shown(server));
        assertThat(cache.end()).isEqualTo(server.end());
      }
    }
  }

  @Nested
  class Order {

    @Test
    void doesNotMatter() throws Exception {
      for (int i = 0; i < 30; i++) {
        publish(title("/t/" + i % 7), i);
        if (i % 5 == 0) {
          server.remove(title("/t/" + i % 7));
          server.flush();
        }
      }
      for (int seed = 0; seed < 20; seed++) {
        List<byte[]> shuffled = batches(server);
        shuffled.addAll(batches(server)); // each of them twice
        Collections.shuffle(shuffled, new Random(seed));
        try (Replica other = cache("other" + seed)) {
          for (byte[] batch : shuffled) {
            assertThat(other.receive(batch, Shower.PARENT)).isNotInstanceOf(Receipt.Refused.class);
          }
          sync(server, other);
          assertThat(shown(other)).as("seed %d", seed).isEqualTo(shown(server));
        }
      }
    }

    @Test
    void aGapIsToldAndFilled() throws Exception {
      for (int i = 1; i <= 4; i++) {
        publish(title("/t/" + i), i);
      }
      List<byte[]> all = batches(server);
      assertThat(cache.receive(all.get(0), Shower.PARENT)).isEqualTo(new Receipt.Taken(1));
      assertThat(cache.receive(all.get(3), Shower.PARENT)).isEqualTo(new Receipt.Gap());
      assertThat(cache.receive(all.get(2), Shower.PARENT)).isEqualTo(new Receipt.Gap());
      assertThat(cache.cursor()).isEqualTo(Cursor.after(new Position(DATE.toEpochMilli(), 1)));
      assertThat(cache.publishedCount()).isEqualTo(1);
      assertThat(cache.receive(all.get(1), Shower.PARENT)).isEqualTo(new Receipt.Taken(1));
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(cache.receive(all.get(1), Shower.PARENT)).isEqualTo(new Receipt.Known());
    }

    @Test
    void whatIsKeptForLaterIsBounded() throws Exception {
      for (int i = 1; i <= 200; i++) {
        publish(title("/t/" + i), i);
      }
      List<byte[]> all = batches(server);
      EarlyBatches early = new EarlyBatches();
      for (byte[] bytes : all) {
        early.keep(Batch.parse(BatchHeader.parse(bytes, 0), bytes));
        assertThat(early.size()).isLessThanOrEqualTo(EarlyBatches.MAX_BATCHES);
      }
    }

    @Test
    void anOldBatchBringsNothingBack() throws Exception {
      publish(FILM, 1);
      server.remove(FILM);
      server.flush();
      sync(server, cache);
      assertThat(cache.receive(batches(server).get(0), Shower.PARENT))
          .isEqualTo(new Receipt.Known());
      assertThat(cache.publishedCount()).isZero();
    }
  }

  @Nested
  class Strangers {

    @Test
    void withoutTheKeyChangeNothing() throws Exception {
      publish(FILM, 1);
      sync(server, cache);
      byte[] good = batches(server).get(0);
      byte[] bad = good.clone();
      bad[BatchHeader.BYTES + 61] ^= 1;
      assertThat(cache.receive(bad, Shower.SIBLING)).isInstanceOf(Receipt.Refused.class);
      BatchPlace next =
          BatchPlace.journal(DATE.toEpochMilli(), 2, 2, BatchHeader.parse(good, 0).id());
      byte[] forged =
          Batch.sign(NodeKey.generate(), next, List.of(Samples.published(2, "/x"))).bytes();
      assertThat(cache.receive(forged, Shower.SIBLING))
          .isInstanceOfSatisfying(
              Receipt.Refused.class,
              r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.OTHER_AUTHORITY));
      System.arraycopy(KEY.publicKey().toBytes(), 0, forged, 56, 32);
      assertThat(cache.receive(forged, Shower.SIBLING))
          .isInstanceOfSatisfying(
              Receipt.Refused.class,
              r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.BAD_SIGNATURE));
      assertThat(shown(cache)).containsOnlyKeys("/film.webm");
    }

    @Test
    void aForkedHistoryIsRefusedAndHealedByANewEpoch() throws Exception {
      publish(FILM, 1);
      Path copy = root.resolve("copy");
      Files.createDirectories(copy);
      Files.copy(root.resolve("server/00000001.log"), copy.resolve("00000001.log"));
      publish(title("/b"), 2);
      sync(server, cache);

      server.close();
      server = server("copy", KEY);
      publish(title("/c"), 3);
      publish(title("/d"), 4);
      assertThat(cache.receive(batches(server).get(2), Shower.PARENT))
          .isInstanceOfSatisfying(
              Receipt.Refused.class, r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.FORKED));
      sync(server, cache);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(shown(cache)).isEqualTo(shown(server));
      assertThat(shown(cache)).containsOnlyKeys("/film.webm", "/c", "/d");
    }
  }

  @Nested
  class NewEpochs {

    private void reinstallServer() throws IOException {
      server.close();
      clock.now = clock.now.plusSeconds(3600);
      server = server("reinstalled", KEY);
    }

    @Test
    void withdrawNothingUntilTheScanIsComplete() throws IOException {
      publish(FILM, 1);
      publish(title("/gone"), 2);
      publish(title("/same"), 3);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      List<TitleChange> heard = new ArrayList<>();
      cache.onChange(heard::addAll);

      reinstallServer();
      server.announce(FILM);
      server.announce(title("/new"));
      publish(title("/same"), 3);
      sync(server, cache);
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(shown(cache)).containsOnlyKeys("/film.webm", "/gone", "/same");
      assertThat(cache.lookup(title("/new"))).isInstanceOf(Lookup.NotReady.class);
      assertThat(cache.lookup(title("/never"))).isInstanceOf(Lookup.Unknown.class);
      assertThat(heard).isEmpty();
      restartCache();
      assertThat(shown(cache)).containsOnlyKeys("/film.webm", "/gone", "/same");
      cache.onChange(heard::addAll);

      publish(FILM, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(shown(cache)).containsOnlyKeys("/film.webm", "/same");
      assertThat(heard)
          .containsExactly(
              new TitleChange(title("/gone"), Optional.of(edition(2)), Optional.empty()));
      assertThat(root.resolve("cache/catalogue").toFile().list()).hasSize(1);
      restartCache();
      assertThat(shown(cache)).containsOnlyKeys("/film.webm", "/same");
    }

    @Test
    void aTombstoneOfTheNewEpochCountsAtOnce() throws IOException {
      publish(FILM, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      reinstallServer();
      server.announce(FILM);
      server.flush();
      server.remove(FILM);
      server.flush();
      sync(server, cache);
      assertThat(shown(cache)).isEmpty();
      restartCache();
      assertThat(shown(cache)).isEmpty();
    }

    @Test
    void ofAServerWhoseClockWentBackAreReachedByHearing() throws IOException {
      publish(FILM, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      server.close();
      clock.now = DATE.minusSeconds(1_000_000);
      server = server("reinstalled", KEY);
      publish(title("/b"), 2);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(shown(cache)).containsOnlyKeys("/b");
    }

    @Test
    void areNeverSeenHalf() throws Exception {
      publishAll(0, 500, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicReference<Lookup> missed = new AtomicReference<>();
      Thread reader =
          new Thread(
              () -> {
                for (int i = 0; !stop.get(); i++) {
                  Lookup lookup = cache.lookup(title("/t/" + i % 500));
                  if (!(lookup instanceof Lookup.Published)) {
                    missed.compareAndSet(null, lookup);
                  }
                }
              },
              "p2pd-test-reader");
      reader.start();
      for (int round = 0; round < 20; round++) {
        server.close();
        clock.now = clock.now.plusSeconds(60);
        server = server("again" + round, KEY);
        for (int i = 0; i < 500; i++) {
          server.announce(title("/t/" + i));
        }
        server.flush();
        sync(server, cache);
        publishAll(0, 500, round % 2);
        server.scanComplete();
        server.flush();
        sync(server, cache);
      }
      stop.set(true);
      reader.join();
      assertThat(missed.get()).isNull();
    }
  }

  @Nested
  class Checkpoints {

    @Test
    void bringAFarBehindReplicaUpPageByPage() throws Exception {
      publishAll(0, 10, 1);
      server.remove(title("/t/4"));
      server.scanComplete();
      server.flush();
      sync(server, cache);
      List<TitleChange> heard = new ArrayList<>();
      cache.onChange(heard::addAll);
      server.remove(title("/t/5"));
      server.flush();
      publishAll(100, 9_100, 2);
      publishAll(100, 9_100, 3);
      server.remove(title("/t/200"));
      server.flush();

      int answers = sync(server, cache, Shower.PARENT, 1);
      assertThat(answers).isBetween(3, 20);
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(shown(cache)).isEqualTo(shown(server)).doesNotContainKey("/t/5");
      assertThat(heard)
          .contains(
              new TitleChange(title("/t/5"), Optional.of(edition(1_000_005)), Optional.empty()))
          .hasSize(1 + 9_000 + 1);
      restartCache();
      assertThat(shown(cache)).isEqualTo(shown(server));
      assertThat(root.resolve("cache/catalogue").toFile().list()).hasSize(1);
    }

    @Test
    void aHalfGatheredOneIsBegunAgainAfterARestart() throws Exception {
      publishAll(0, 9_000, 1);
      server.scanComplete();
      server.flush();
      CatalogueFeed.Page first = server.since(Cursor.BEGIN, 1);
      assertThat(cache.receive(first.batches(), Shower.PARENT)).isEqualTo(new Receipt.Taken(1));
      assertThat(cache.cursor()).isEqualTo(first.next());
      assertThat(cache.lookup(title("/t/1"))).isInstanceOf(Lookup.NotSynced.class);
      restartCache();
      assertThat(cache.cursor()).isEqualTo(Cursor.BEGIN);
      sync(server, cache, Shower.PARENT, 1);
      assertThat(shown(cache)).isEqualTo(shown(server));
    }

    @Test
    void aNewerOneReplacesTheOneBeingGathered() throws Exception {
      publishAll(0, 9_000, 1);
      server.scanComplete();
      server.flush();
      cache.receive(server.since(Cursor.BEGIN, 1).batches(), Shower.PARENT);
      Cursor middle = cache.cursor();
      publishAll(0, 9_000, 2);
      publishAll(0, 9_000, 3);
      CatalogueFeed.Page next = server.since(middle, 1);
      assertThat(next.next().position()).isNotEqualTo(middle.position());
      sync(server, cache, Shower.PARENT, 1);
      assertThat(shown(cache)).isEqualTo(shown(server));
    }

    @Test
    void keepTheStoredJournalOfAFollowerShort() throws Exception {
      publishAll(0, 50, 1);
      server.scanComplete();
      server.flush();
      for (int round = 0; round < 300; round++) {
        publishAll(0, 50, round);
        sync(server, cache);
      }
      assertThat(cache.end()).isEqualTo(server.end());
      assertThat(shown(cache)).isEqualTo(shown(server));
      Path directory = root.resolve("cache/catalogue");
      assertThat(directory.toFile().list()).hasSize(1);
      assertThat(batches(cache).get(0))
          .satisfies(b -> assertThat(BatchHeader.parse(b, 0).place().isJournal()).isFalse());
      try (Replica child = cache("child")) {
        sync(cache, child);
        assertThat(shown(child)).isEqualTo(shown(server));
      }
      restartCache();
      assertThat(cache.end()).isEqualTo(server.end());
    }
  }

  @Nested
  class Authority {

    private Journal impostor() throws IOException {
      clock.now = clock.now.plusSeconds(10);
      Journal other = server("other", NodeKey.generate());
      other.publish(title("/wrong"), edition(9), DATE);
      other.scanComplete();
      other.flush();
      return other;
    }

    @Test
    void isPinnedByTheParentsFirstBatchAndKept() throws IOException {
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Unknown());
      publish(FILM, 1);
      sync(server, cache);
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
      restartCache();
      try (Journal other = impostor()) {
        CatalogueFeed.Page page = other.since(cache.cursor(), 1 << 20);
        assertThat(cache.receive(page.batches(), Shower.PARENT))
            .isInstanceOfSatisfying(
                Receipt.Refused.class,
                r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.OTHER_AUTHORITY));
        NodeId shown = other.authority().orElseThrow().id();
        assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Changed(KEY.id(), shown));
        assertThat(cache.authorityState().problem().orElseThrow())
            .contains(KEY.id().toString())
            .contains("--authority " + shown);
      }
      assertThat(shown(cache)).containsOnlyKeys("/film.webm");
      publish(FILM, 2);
      sync(server, cache);
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
    }

    @Test
    void namedBeforehandLetsNoOtherIn() throws IOException {
      cache.close();
      beforehand = Optional.of(KEY.id());
      cache = cache("fresh");
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Expected(KEY.id()));
      try (Journal other = impostor()) {
        assertThat(cache.receive(other.since(Cursor.BEGIN, 1 << 20).batches(), Shower.PARENT))
            .isInstanceOf(Receipt.Refused.class);
      }
      assertThat(cache.authorityState()).isInstanceOf(AuthorityState.Changed.class);
      publish(FILM, 1);
      sync(server, cache, Shower.SIBLING, 1 << 20);
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
    }

    @Test
    void changedByTheOwnerKeepsServingUntilTheNewCatalogueIsWhole() throws IOException {
      publish(FILM, 1);
      server.scanComplete();
      server.flush();
      sync(server, cache);
      clock.now = DATE.minusSeconds(500_000); // its epochs need not be later than the old key's
      try (Journal other = impostor()) {
        other.publish(title("/b"), edition(4), DATE);
        other.flush();
        beforehand = Optional.of(other.authority().orElseThrow().id());
        restartCache();
        assertThat(cache.lookup(FILM)).isInstanceOf(Lookup.Published.class);
        assertThat(cache.cursor()).isEqualTo(Cursor.BEGIN);
        sync(other, cache);
        assertThat(shown(cache)).containsOnlyKeys("/wrong", "/b");
      }
      restartCache();
      assertThat(shown(cache)).containsOnlyKeys("/wrong", "/b");
      beforehand = Optional.empty();
      restartCache();
      assertThat(shown(cache)).containsOnlyKeys("/wrong", "/b");
    }

    @Test
    void ofSiblingsAloneIsProvisionalUntilTheParentConfirmsIt() throws IOException {
      publish(FILM, 1);
      sync(server, cache, Shower.SIBLING, 1 << 20);
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Provisional(KEY.id()));
      assertThat(cache.authorityState().problem()).isPresent();
      restartCache();
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Provisional(KEY.id()));
      assertThat(cache.lookup(FILM)).isInstanceOf(Lookup.Published.class);
      publish(FILM, 2);
      sync(server, cache);
      assertThat(cache.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
    }

    @Test
    void ofSiblingsIsDroppedWithAllItSignedWhenTheParentShowsAnother() throws IOException {
      List<TitleChange> heard = new ArrayList<>();
      cache.onChange(heard::addAll);
      try (Journal other = impostor()) {
        sync(other, cache, Shower.SIBLING, 1 << 20);
      }
      assertThat(shown(cache)).containsOnlyKeys("/wrong");
      publish(FILM, 1);
      byte[] news = server.since(Cursor.BEGIN, 1 << 20).batches();
      assertThat(cache.receive(news, Shower.SIBLING)).isInstanceOf(Receipt.Refused.class);
      cache.receive(news, Shower.PARENT);
      assertThat(shown(cache)).containsOnlyKeys("/film.webm");
      assertThat(cache.lookup(title("/wrong"))).isInstanceOf(Lookup.NotSynced.class);
      assertThat(heard)
          .contains(new TitleChange(title("/wrong"), Optional.of(edition(9)), Optional.empty()));
      restartCache();
      assertThat(shown(cache)).containsOnlyKeys("/film.webm");
    }

    /** As at the start of each cache with a stand-in: both are asked at once. */
    @Test
    void ofAStandInIsDroppedAlsoWhenItComesAtTheSameTimeAsTheParents() throws Exception {
      publish(FILM, 1);
      byte[] ofParent = server.since(Cursor.BEGIN, 1 << 20).batches();
      clock.now = clock.now.plusSeconds(500_000); // the stand-in's epoch is later
      byte[] ofStandIn;
      try (Journal other = impostor()) {
        ofStandIn = other.since(Cursor.BEGIN, 1 << 20).batches();
      }
      for (int round = 0; round < 30; round++) {
        try (Replica fresh = cache("fresh" + round)) {
          CyclicBarrier begin = new CyclicBarrier(2);
          CompletableFuture<Void> standIn =
              CompletableFuture.runAsync(() -> receives(fresh, ofStandIn, Shower.SIBLING, begin));
          receives(fresh, ofParent, Shower.PARENT, begin);
          standIn.get(30, TimeUnit.SECONDS);
          assertThat(shown(fresh)).as("round %d", round).containsOnlyKeys("/film.webm");
          assertThat(fresh.authorityState()).isEqualTo(new AuthorityState.Pinned(KEY.id()));
        }
      }
    }

    private static void receives(Replica by, byte[] news, Shower shower, CyclicBarrier begin) {
      try {
        begin.await(30, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      by.receive(news, shower);
    }

    @Test
    void aDamagedPinIsNamed() throws IOException {
      Path file = root.resolve("authority");
      Files.writeString(file, "rubbish");
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> Pin.open(file, Optional.empty()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("delete it to trust");
    }
  }

  /** So many bytes may be written; looks whether more were. */
  private static final class Budget implements Allowance {
    private final Path directory;
    private long left;
    private long granted;

    Budget(Path directory, long bytes) {
      this.directory = directory;
      this.left = bytes;
    }

    @Override
    public Optional<Growth> grow(long bytes) {
      if (bytes > left) {
        return Optional.empty();
      }
      left -= bytes;
      granted += bytes;
      return Optional.of(() -> assertThat(writtenBytes()).isLessThanOrEqualTo(granted + 4096));
    }

    long writtenBytes() {
      try (var files = Files.list(directory)) {
        return files.mapToLong(file -> file.toFile().length()).sum();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Nested
  class WithoutRoom {

    @Test
    void whatTheLimitForbidsIsNotWrittenAndTakenWhenItComesAgain() throws IOException {
      publishAll(0, 5_000, 1);
      server.scanComplete();
      server.flush();
      Path state = root.resolve("limited");
      Budget budget = new Budget(state.resolve("catalogue"), 100_000);
      Pin pin = Pin.open(state.resolve("authority"), beforehand);
      try (Replica limited = Replica.open(state.resolve("catalogue"), pin, budget)) {
        byte[] news = server.since(Cursor.BEGIN, 1 << 24).batches();
        assertThat(limited.receive(news, Shower.PARENT))
            .isInstanceOfSatisfying(
                Receipt.Refused.class,
                r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.NOT_STORED));
        assertThat(budget.writtenBytes()).isLessThanOrEqualTo(100_000);
        budget.left = 10_000_000;
        sync(server, limited);
        assertThat(shown(limited)).isEqualTo(shown(server));
      }
    }

    @Test
    void nothingChangesAndItIsSaid() throws IOException {
      publish(FILM, 1);
      byte[] news = server.since(Cursor.BEGIN, 1 << 20).batches();
      Path directory = root.resolve("cache/catalogue");
      Path aside = root.resolve("aside");
      Files.move(directory, aside);
      assertThat(cache.receive(news, Shower.PARENT))
          .isInstanceOfSatisfying(
              Receipt.Refused.class,
              r -> assertThat(r.reason()).isEqualTo(Receipt.Reason.NOT_STORED));
      assertThat(cache.publishedCount()).isZero();
      Files.move(aside, directory);
      assertThat(cache.receive(news, Shower.PARENT)).isEqualTo(new Receipt.Taken(1));
    }
  }
}
