package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.DATE;
import static org.p2pd.catalogue.Samples.edition;
import static org.p2pd.catalogue.Samples.shown;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Titles.Lookup;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Title;

class JournalTest {

  private static final NodeKey KEY = NodeKey.generate();
  private static final Title FILM = title("/film.webm");

  @TempDir Path root;

  private final Samples.Clock clock = new Samples.Clock();
  private Samples.HandTimer timer = new Samples.HandTimer();
  private Path directory;
  private Journal journal;

  @BeforeEach
  void open() throws IOException {
    directory = root.resolve("catalogue");
    timer = new Samples.HandTimer();
    journal = Journal.open(directory, KEY, clock, timer);
  }

  @AfterEach
  void close() {
    journal.close();
    assertThat(timer.closed).isTrue();
  }

  private void restart() throws IOException {
    journal.close();
    open();
  }

  private void publish(Title title, long edition) {
    journal.publish(title, edition(edition), DATE);
    journal.flush();
  }

  private Lookup look(Title title) {
    return journal.lookup(title);
  }

  private PublishedTitle film() {
    return ((Lookup.Published) look(FILM)).entry();
  }

  private List<Batch> batches(Cursor after) throws CatalogueFormatException {
    byte[] bytes = journal.since(after, Integer.MAX_VALUE).batches();
    List<Batch> batches = new ArrayList<>();
    for (int at = 0; at < bytes.length; ) {
      BatchHeader header = BatchHeader.parse(bytes, at);
      batches.add(Batch.parse(header, Arrays.copyOfRange(bytes, at, at + header.batchBytes())));
      assertThat(header.isSignedBy(KEY.publicKey())).isTrue();
      at += header.batchBytes();
    }
    return batches;
  }

  @Nested
  class Changes {

    @Test
    void arePublishedWithTheirEdition() {
      publish(FILM, 1);
      assertThat(film()).isEqualTo(new PublishedTitle(FILM, edition(1), DATE));
      assertThat(journal.publishedCount()).isEqualTo(1);
      assertThat(journal.edition(edition(1).id())).contains(edition(1));
    }

    @Test
    void areSeenByNoOneBeforeTheyAreStored() {
      journal.publish(FILM, edition(1), DATE);
      assertThat(look(FILM)).isNotInstanceOf(Lookup.Published.class);
      timer.run();
      assertThat(look(FILM)).isInstanceOf(Lookup.Published.class);
    }

    @Test
    void thatComeTogetherShareOneSignature() throws CatalogueFormatException {
      for (int i = 0; i < 50; i++) {
        journal.publish(title("/" + i), edition(i), DATE);
      }
      assertThat(timer.tasks).hasSize(1);
      assertThat(timer.lastDelay).isEqualTo(Journal.GROUPING);
      timer.run();
      assertThat(batches(Cursor.BEGIN)).hasSize(1);
      assertThat(journal.end().number()).isEqualTo(50);
    }

    @Test
    void ofOneTitleMeltIntoTheLast() {
      journal.announce(FILM);
      journal.publish(FILM, edition(1), DATE);
      journal.publish(FILM, edition(2), DATE);
      journal.flush();
      assertThat(film().edition()).isEqualTo(edition(2));
      assertThat(film().lastModified()).isEqualTo(DATE);
      assertThat(journal.end().number()).isEqualTo(1);
    }

    @Test
    void thatChangeNothingMakeNoBatch() {
      publish(FILM, 1);
      journal.announce(FILM);
      journal.publish(FILM, edition(1), DATE.plusSeconds(100));
      journal.remove(title("/never-there"));
      journal.flush();
      assertThat(journal.end().number()).isEqualTo(1);
      assertThat(film().lastModified()).isEqualTo(DATE);
    }

    @Test
    void takenBackBeforeTheyWereShownMakeNoBatch() {
      publish(FILM, 1);
      journal.publish(FILM, edition(2), DATE);
      journal.publish(FILM, edition(1), DATE);
      journal.announce(title("/b"));
      journal.remove(title("/b"));
      journal.flush();
      assertThat(journal.end().number()).isEqualTo(1);
    }

    @Test
    void goneAndSeenAgainIsTwoChanges() {
      publish(FILM, 1);
      journal.remove(FILM);
      journal.announce(FILM);
      journal.flush();
      assertThat(look(FILM)).isInstanceOf(Lookup.NotReady.class);
      assertThat(journal.end().number()).isEqualTo(3);
    }

    @Test
    void tellListenersTheEditionsBeforeAndAfter() {
      List<TitleChange> heard = new ArrayList<>();
      journal.onChange(heard::addAll);
      publish(FILM, 1);
      publish(FILM, 2);
      journal.remove(FILM);
      journal.flush();
      assertThat(heard)
          .containsExactly(
              new TitleChange(FILM, Optional.empty(), Optional.of(edition(1))),
              new TitleChange(FILM, Optional.of(edition(1)), Optional.of(edition(2))),
              new TitleChange(FILM, Optional.of(edition(2)), Optional.empty()));
    }

    @Test
    void anEditionIsKnownAsLongAsOneTitleIsIt() {
      publish(FILM, 1);
      publish(title("/copy.webm"), 1);
      journal.remove(FILM);
      journal.flush();
      assertThat(journal.edition(edition(1).id())).isPresent();
      journal.remove(title("/copy.webm"));
      journal.flush();
      assertThat(journal.edition(edition(1).id())).isEmpty();
    }

    @Test
    void entriesProveThemselves() {
      publish(FILM, 1);
      publish(title("/b"), 2);
      SignedEntry signed = journal.signedEntry(FILM).orElseThrow();
      assertThat(signed.isSignedBy(KEY.publicKey())).isTrue();
      assertThat(signed.published()).contains(film());
      assertThat(journal.signedEntry(title("/c"))).isEmpty();
    }
  }

  @Nested
  class Absence {

    @Test
    void isNotSyncedUntilTheFirstScanIsListed() {
      assertThat(look(FILM)).isInstanceOf(Lookup.NotSynced.class);
      journal.listed();
      assertThat(look(FILM)).isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void countsOnceTheScanIsComplete() throws IOException {
      journal.scanComplete();
      journal.flush();
      assertThat(look(FILM)).isInstanceOf(Lookup.Unknown.class);
      restart();
      assertThat(look(FILM)).isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void announcedTitlesShowTheirPercentage() {
      journal.reportsProgress(title -> OptionalInt.of(37));
      journal.announce(FILM);
      journal.flush();
      assertThat(look(FILM)).isEqualTo(new Lookup.NotReady(OptionalInt.of(37)));
    }
  }

  @Nested
  class LastModifiedDates {

    @Test
    void areLaterForEachEdition() {
      publish(FILM, 1);
      publish(FILM, 2);
      assertThat(film().lastModified()).isEqualTo(DATE.plusSeconds(1));
      journal.publish(FILM, edition(3), DATE.minusSeconds(5_000));
      journal.flush();
      assertThat(film().lastModified()).isEqualTo(DATE.plusSeconds(2));
      journal.publish(FILM, edition(1), DATE.plusSeconds(100));
      journal.flush();
      assertThat(film().lastModified()).isEqualTo(DATE.plusSeconds(100));
    }

    @Test
    void surviveRemovalAndRestart() throws IOException {
      publish(FILM, 1);
      journal.remove(FILM);
      restart();
      publish(FILM, 2);
      assertThat(film().lastModified()).isEqualTo(DATE.plusSeconds(1));
      journal.remove(FILM);
      journal.flush();
      journal.publish(FILM, edition(2), DATE.plusSeconds(700));
      journal.flush();
      assertThat(film().lastModified()).isEqualTo(DATE.plusSeconds(1));
    }

    @Test
    void haveWholeSecondsWithinWhatHttpCanSay() {
      journal.publish(FILM, edition(1), DATE.plusMillis(999));
      journal.publish(title("/early"), edition(2), java.time.Instant.MIN);
      journal.publish(title("/late"), edition(3), java.time.Instant.MAX);
      journal.flush();
      assertThat(film().lastModified()).isEqualTo(DATE);
      Map<String, PublishedTitle> shown = shown(journal);
      assertThat(shown.get("/early").lastModified().getEpochSecond()).isZero();
      assertThat(shown.get("/late").lastModified()).isEqualTo("9999-12-31T23:59:59Z");
    }
  }

  @Nested
  class Kept {

    @Test
    void aRestartChangesNothing() throws IOException {
      publish(FILM, 1);
      journal.announce(title("/soon"));
      journal.remove(title("/film2"));
      journal.scanComplete();
      journal.flush();
      Position end = journal.end();
      byte[] relayed = journal.since(Cursor.BEGIN, 1 << 20).batches();
      restart();
      assertThat(journal.end()).isEqualTo(end);
      assertThat(film().edition()).isEqualTo(edition(1));
      assertThat(look(title("/soon"))).isInstanceOf(Lookup.NotReady.class);
      assertThat(journal.since(Cursor.BEGIN, 1 << 20).batches()).isEqualTo(relayed);
      publish(title("/next"), 2);
      assertThat(journal.end()).isEqualTo(new Position(end.epoch(), end.number() + 1));
    }

    @Test
    void whatAnEarlierProcessAnnouncedIsWithdrawnUnlessSeenAgain() throws IOException {
      publish(FILM, 1);
      for (String path : new String[] {"/again", "/done", "/gone", "/vanished"}) {
        journal.announce(title(path));
      }
      restart();
      journal.announce(title("/again"));
      publish(title("/done"), 2);
      journal.remove(title("/vanished"));
      journal.scanComplete();
      journal.flush();
      assertThat(look(title("/again"))).isInstanceOf(Lookup.NotReady.class);
      assertThat(look(title("/gone"))).isInstanceOf(Lookup.Unknown.class);
      assertThat(look(title("/vanished"))).isInstanceOf(Lookup.Unknown.class);
      assertThat(shown(journal)).containsOnlyKeys("/film.webm", "/done");
    }

    @Test
    void whatWasPendingIsStoredWhenItEnds() throws IOException {
      journal.publish(FILM, edition(1), DATE);
      restart();
      assertThat(film().edition()).isEqualTo(edition(1));
    }

    @Test
    void aTornTailIsDroppedWithinTheEpoch() throws IOException {
      publish(FILM, 1);
      publish(FILM, 2);
      Position before = journal.end();
      journal.close();
      Path file = directory.resolve("00000001.log");
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length - 3));
      open();
      assertThat(film().edition()).isEqualTo(edition(1));
      assertThat(journal.end()).isEqualTo(new Position(before.epoch(), 1));
    }

    @Test
    void damageBeginsANewEpochWithWhatIsLeft() throws IOException {
      publish(FILM, 1);
      publish(title("/b"), 2);
      publish(title("/c"), 3);
      journal.scanComplete();
      journal.flush();
      Position before = journal.end();
      journal.close();
      Path file = directory.resolve("00000001.log");
      byte[] bad = Files.readAllBytes(file);
      bad[bad.length / 2] ^= 1;
      Files.write(file, bad);
      open();
      assertThat(journal.end().epoch()).isGreaterThan(before.epoch());
      assertThat(film().edition()).isEqualTo(edition(1));
      assertThat(look(title("/c"))).isInstanceOf(Lookup.NotSynced.class);
      journal.scanComplete();
      journal.flush();
      assertThat(look(title("/c"))).isInstanceOf(Lookup.Unknown.class);
    }

    @Test
    void anotherKeyBeginsANewEpoch() throws IOException {
      publish(FILM, 1);
      Position before = journal.end();
      journal.close();
      NodeKey other = NodeKey.generate();
      journal = Journal.open(directory, other, clock, timer);
      assertThat(journal.end().epoch()).isGreaterThan(before.epoch());
      assertThat(film().edition()).isEqualTo(edition(1));
      assertThat(journal.authority()).contains(other.publicKey());
    }

    @Test
    void changesThatCannotBeStoredWaitAndSaySo() throws IOException {
      Path aside = root.resolve("aside");
      Files.move(directory, aside);
      Files.writeString(directory, "in the way");
      journal.publish(FILM, edition(1), DATE);
      assertThat(journal.flush()).isFalse();
      timer.run();
      assertThat(journal.problem()).hasValueSatisfying(p -> assertThat(p).contains("cannot be"));
      assertThat(look(FILM)).isInstanceOf(Lookup.NotSynced.class);
      assertThat(timer.lastDelay).isEqualTo(Journal.RETRY);

      Files.delete(directory);
      Files.move(aside, directory);
      timer.run();
      assertThat(film().edition()).isEqualTo(edition(1));
      assertThat(journal.problem()).isEmpty();
    }
  }

  @Nested
  class Epochs {

    @Test
    void beginWithTheClock() {
      publish(FILM, 1);
      assertThat(journal.end()).isEqualTo(new Position(DATE.toEpochMilli(), 1));
    }

    @Test
    void goBeyondWhatIsHeardOfALostState() throws Exception {
      publish(FILM, 1);
      byte[] heard = batches(Cursor.BEGIN).get(0).header().toBytes();
      journal.close();
      directory = root.resolve("reinstalled");
      clock.now = DATE.minusSeconds(100_000);
      journal = Journal.open(directory, KEY, clock, timer);
      publish(title("/b"), 2);
      assertThat(journal.end().epoch()).isLessThan(DATE.toEpochMilli());

      journal.heard(heard);
      assertThat(journal.end()).isEqualTo(new Position(DATE.toEpochMilli() + 1, 1));
      assertThat(shown(journal)).containsOnlyKeys("/b");
      journal.heard(heard);
      assertThat(journal.end().epoch()).isEqualTo(DATE.toEpochMilli() + 1);
      restart();
    }

    @Test
    void giveWayWhenAnOlderCopyOfTheStateWentAnotherWay() throws Exception {
      publish(FILM, 1);
      Path copy = root.resolve("copy");
      Files.createDirectories(copy);
      Files.copy(directory.resolve("00000001.log"), copy.resolve("00000001.log"));
      publish(title("/b"), 2);
      publish(title("/c"), 3);
      List<Batch> first = batches(Cursor.BEGIN);
      Position before = journal.end();
      journal.close();

      journal = Journal.open(copy, KEY, clock, timer);
      publish(title("/d"), 4);
      publish(title("/e"), 5);
      publish(title("/f"), 6);
      journal.heard(first.get(0).header().toBytes());
      assertThat(journal.end().epoch()).as("a shared past").isEqualTo(before.epoch());
      journal.heard(first.get(2).header().toBytes());
      assertThat(journal.end().epoch()).isEqualTo(before.epoch() + 1);
      assertThat(shown(journal)).containsOnlyKeys("/film.webm", "/d", "/e", "/f");
    }

    @Test
    void areCompleteOnceEvenIfOneBeginsWhileThatIsPending() throws Exception {
      publish(FILM, 1);
      byte[] heard = batches(Cursor.BEGIN).get(0).header().toBytes();
      journal.close();
      directory = root.resolve("reinstalled");
      clock.now = DATE.minusSeconds(100_000);
      journal = Journal.open(directory, KEY, clock, timer);
      journal.scanComplete();
      journal.heard(heard);
      journal.flush();
      assertThat(batches(Cursor.BEGIN)).hasSize(1);
      assertThat(batches(Cursor.BEGIN).get(0).entries()).containsExactly(new Entry.ScanComplete(1));
    }

    @Test
    void headersOfOthersAreNotHeard() {
      publish(FILM, 1);
      Position before = journal.end();
      BatchPlace far = BatchPlace.journal(Long.MAX_VALUE - 1, 1, 1, BatchPlace.NO_PREVIOUS);
      byte[] foreign =
          Batch.sign(NodeKey.generate(), far, List.of(Samples.published(1, "/x")))
              .header()
              .toBytes();
      byte[] forged = Batch.sign(KEY, far, List.of(Samples.published(1, "/x"))).header().toBytes();
      forged[40] ^= 1;
      journal.heard(foreign);
      journal.heard(forged);
      journal.heard(new byte[0]);
      assertThat(journal.end()).isEqualTo(before);
    }
  }

  @Nested
  class Waiting {

    @Test
    void endsWhenSomethingChanged() {
      publish(FILM, 1);
      Cursor here = Cursor.after(journal.end());
      CompletableFuture<Void> news = journal.changedAfter(here);
      assertThat(news).isNotDone();
      assertThat(journal.since(here, 1000).isEmpty()).isTrue();
      publish(FILM, 2);
      assertThat(news).isCompleted();
      assertThat(journal.since(here, 1000).next()).isEqualTo(Cursor.after(journal.end()));
      assertThat(journal.changedAfter(here)).isCompleted();
    }

    @Test
    void endsWithTheJournal() {
      CompletableFuture<Void> news = journal.changedAfter(Cursor.BEGIN);
      journal.close();
      assertThat(news).isCancelled();
      assertThat(journal.changedAfter(Cursor.BEGIN)).isCancelled();
    }
  }

  @Nested
  class Checkpoints {

    private void publishMany(int from, int to) {
      for (int i = from; i < to; i++) {
        journal.publish(title("/t/" + i), edition(i), DATE);
      }
      journal.flush();
    }

    @Test
    void replaceAJournalThatGrewLong() throws Exception {
      journal.scanComplete();
      publishMany(0, 100);
      for (int round = 0; round < 45; round++) {
        for (int i = 0; i < 100; i++) {
          journal.publish(title("/t/" + i), edition(1000L * round + i), DATE);
        }
        journal.flush();
      }
      Map<String, PublishedTitle> before = shown(journal);
      List<Batch> all = batches(Cursor.BEGIN);
      assertThat(all.get(0).place().isJournal()).isFalse();
      assertThat(all.get(0).entries()).hasSize(101);
      assertThat(all.stream().mapToInt(b -> b.entries().size()).sum()).isLessThan(1000);
      assertThat(journal.signedEntry(title("/t/7"))).isPresent();

      Cursor little =
          Cursor.after(new Position(journal.end().epoch(), journal.end().number() - 400));
      assertThat(batches(little)).allMatch(b -> b.place().isJournal());

      restart();
      assertThat(shown(journal)).isEqualTo(before);
      assertThat(batches(Cursor.BEGIN)).hasSameSizeAs(all);
      assertThat(journal.signedEntry(title("/t/7"))).isPresent();
      assertThat(directory.toFile().list()).hasSize(1);
    }

    @Test
    void keepTombstonesUntilTheScanIsComplete() throws Exception {
      publishMany(0, 10);
      journal.remove(title("/t/3"));
      journal.flush();
      restart();
      publishMany(100, 100 + 9_000);
      List<Batch> all = batches(Cursor.BEGIN);
      assertThat(all.get(0).place().isJournal()).isFalse();
      assertThat(all.get(0).entries())
          .anyMatch(e -> e instanceof Entry.Removed r && r.removed().equals(title("/t/3")));
    }

    @Test
    void areReadPageByPage() throws Exception {
      publishMany(0, 9_000);
      Cursor cursor = Cursor.BEGIN;
      List<Cursor> cursors = new ArrayList<>();
      while (true) {
        CatalogueFeed.Page page = journal.since(cursor, 1);
        if (page.isEmpty()) {
          break;
        }
        cursor = page.next();
        cursors.add(cursor);
        assertThat(Cursor.parse(cursor.toString())).contains(cursor);
      }
      assertThat(cursors).first().extracting(Cursor::page).isEqualTo(1);
      assertThat(cursor).isEqualTo(Cursor.after(journal.end()));
    }
  }
}
