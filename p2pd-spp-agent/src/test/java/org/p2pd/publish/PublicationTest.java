package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;

/** What becomes of titles, step by step, with a disk and a clock of the test's own. */
class PublicationTest {

  private static final Duration SETTLE = Duration.ofSeconds(10);
  private static final long DEVICE = 7;

  private final Disk disk = new Disk();
  private final List<String> heard = new ArrayList<>();
  private final Troubles troubles = new Troubles();
  private TitlePhases phases;
  private Publication publication;
  private Census census;
  private Removals removals;
  private long nanos;
  private boolean allListed;

  /** What the guard remembers over restarts. */
  private final Map<Title, RemovalGuard.Reason> memory = new HashMap<>();

  @BeforeEach
  void begin() {
    begin(true);
  }

  private void begin(boolean local) {
    heard.clear();
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return nanos;
          }
        };
    Editions editions = new Editions(title -> {});
    TrackedTitles titles = new TrackedTitles();
    PublicationListener listener = new Listener();
    removals =
        new Removals(
            new RemovalGuard(new Memory()),
            new Removals.Places(Path.of("/media"), Path.of("/state")),
            titles,
            editions,
            disk,
            listener,
            troubles,
            ticker);
    FirstScan firstScan = new FirstScan(listener::listed, listener::scanComplete);
    Pace pace = new Pace(SETTLE, local, new FakeClock(), ticker);
    phases =
        new TitlePhases(
            new PublicTree(Path.of("/media")),
            pace,
            disk,
            editions,
            listener,
            troubles,
            titles,
            removals,
            firstScan);
    publication = new Publication(pace, disk, titles, removals, phases);
    census = new Census(publication, titles, removals, firstScan, disk, ticker);
  }

  private final class FakeClock extends Clock {
    @Override
    public Instant instant() {
      return Instant.ofEpochSecond(1_000_000).plusNanos(nanos);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** A file system of one directory. */
  private final class Disk implements Surroundings {
    final Map<Title, FileStat> files = new HashMap<>();
    final Map<Title, FileStat> hashing = new HashMap<>();
    final Set<Title> unmounted = new HashSet<>();
    final List<String> asked = new ArrayList<>();
    final Set<Title> forgotten = new HashSet<>();
    long device = DEVICE;
    boolean readable = true;
    boolean mounted = true;
    long inodes = 1;
    boolean scanWanted;
    boolean full;

    Map<Title, FileStat> visible() {
      return mounted ? files : Map.of();
    }

    RootCondition root() {
      if (!readable) {
        return new RootCondition.Unreadable("permission denied");
      }
      return visible().isEmpty() ? new RootCondition.Empty(device) : new RootCondition.Fine(device);
    }

    @Override
    public Sighting look(Title title) {
      if (!readable) {
        return new Sighting.Hidden(new IOException("permission denied"));
      }
      FileStat stat = visible().get(title);
      return stat == null ? new Sighting.Nothing() : new Sighting.Regular(stat, false);
    }

    @Override
    public void hash(Title title, FileStat expected) {
      hashing.put(title, expected);
    }

    @Override
    public void giveUpHashing(Title title) {
      hashing.remove(title);
    }

    @Override
    public void keepHashes(Title title, Edition edition) throws IOException {
      if (full) {
        throw new IOException("No space left on device");
      }
      asked.add("keep " + edition.lengthBytes() + " of " + title);
    }

    @Override
    public void scanAll() {
      scanWanted = true;
    }

    @Override
    public void scanBelow(Title directory) {
      asked.add("scan " + directory);
    }

    @Override
    public void probe(Map<Title, Long> devices) {
      census.probed(root(), unmounted);
    }

    @Override
    public void remember(HashedFile file) {
      forgotten.remove(file.title());
    }

    @Override
    public void forget(Title title) {
      forgotten.add(title);
    }

    @Override
    public void forget(Edition edition) {
      asked.add("forget " + edition.lengthBytes());
    }

    @Override
    public void rememberDevice(long found) {
      asked.add("device " + found);
    }

    @Override
    public void firstScanDone(Set<Title> stillHashing) {
      asked.add("first scan done");
    }
  }

  private final class Memory implements RemovalGuard.Memory {
    @Override
    public void withheld(Title title, RemovalGuard.Reason reason) {
      memory.put(title, reason);
    }

    @Override
    public void released(Title title) {
      memory.remove(title);
    }
  }

  private final class Listener implements PublicationListener {
    @Override
    public void announced(Title title) {
      heard.add("announced " + title);
    }

    @Override
    public void published(Title title, Edition edition, Instant fileDate) {
      heard.add("published " + title + " " + edition.lengthBytes());
    }

    @Override
    public void removed(Title title) {
      heard.add("removed " + title);
    }

    @Override
    public void listed() {
      allListed = true;
    }

    @Override
    public void scanComplete() {
      heard.add("scanComplete");
    }
  }

  private static Title title(String path) {
    return new Title(path);
  }

  private FileStat put(String path, long sizeBytes) {
    return put(path, sizeBytes, disk.inodes++);
  }

  private FileStat put(String path, long sizeBytes, long inode) {
    long now = Instant.ofEpochSecond(1_000_000).getEpochSecond() * 1_000_000_000L + nanos;
    FileStat stat = new FileStat(DEVICE, inode, sizeBytes, now, now, 0x8000, 1);
    disk.files.put(title(path), stat);
    return stat;
  }

  private void happened(String path, Publication.Happening happening) {
    publication.happened(title(path), happening);
  }

  private void pass(Duration time) {
    long end = nanos + time.toNanos();
    while (nanos < end) {
      nanos = Math.min(end, nanos + Duration.ofMillis(100).toNanos());
      publication.tick();
      census.tick();
      if (disk.scanWanted) {
        disk.scanWanted = false;
        scan();
      }
    }
  }

  private void scan() {
    census.scanned(
        new Snapshot("/", false, disk.root(), disk.readable ? disk.visible() : Map.of(), Set.of()));
  }

  /** All that is to be hashed is; an edition is made from the file's inode and size. */
  private void hashAll() {
    Map<Title, FileStat> todo = Map.copyOf(disk.hashing);
    disk.hashing.clear();
    todo.forEach(
        (title, stat) -> publication.hashed(new HashOutcome.Hashed(title, stat, edition(stat))));
  }

  private static Edition edition(FileStat stat) {
    byte[] root = new byte[Hash.BYTES];
    root[0] = (byte) stat.inode();
    root[1] = (byte) stat.sizeBytes();
    return new Edition(DigestAlgorithm.SHA_256, stat.sizeBytes(), Hash.of(root));
  }

  /** A directory with so many titles, all published. */
  private void publishMany(int count) {
    for (int i = 0; i < count; i++) {
      put("/t" + i, 100 + i);
    }
    scan();
    pass(SETTLE.plusSeconds(1));
    hashAll();
    pass(Duration.ofSeconds(1));
    heard.clear();
  }

  @Nested
  class AFileOfUnseenWriter {

    @Test
    void isHashedOnlyAfterItWasQuiet() {
      put("/a", 10);
      scan();
      pass(Duration.ofSeconds(9));
      assertThat(disk.hashing).isEmpty();
      FileStat grown = put("/a", 20, 1);
      pass(Duration.ofSeconds(9));
      assertThat(disk.hashing).isEmpty();
      pass(Duration.ofSeconds(2));
      assertThat(disk.hashing).containsEntry(title("/a"), grown);
    }

    @Test
    void isHashedAtOnceIfItsDatesSayThatItWasQuiet() {
      put("/a", 10);
      nanos += SETTLE.toNanos() + 1;
      scan();
      pass(Duration.ofMillis(200));
      assertThat(disk.hashing).containsKey(title("/a"));
    }

    @Test
    void isPublishedWhileManyOthersAreStillDue() {
      for (int i = 0; i < 100; i++) {
        put("/t" + i, 100 + i);
      }
      nanos += SETTLE.toNanos() + 1;
      scan();
      nanos += Pace.GRAIN.toNanos();
      publication.tick();
      assertThat(disk.hashing).hasSizeBetween(1, 20);
      hashAll();
      assertThat(heard).anyMatch(what -> what.startsWith("published"));
      while (publication.untilNext(1) == 0) {
        publication.tick();
      }
      hashAll();
      assertThat(heard).filteredOn(what -> what.startsWith("published")).hasSize(100);
    }

    @Test
    void isNotBelievedByItsDatesOnANetworkFileSystem() {
      begin(false);
      put("/a", 10);
      nanos += SETTLE.toNanos() * 10;
      scan();
      pass(Duration.ofSeconds(9));
      assertThat(disk.hashing).isEmpty();
      pass(Duration.ofSeconds(2));
      assertThat(disk.hashing).containsKey(title("/a"));
    }

    @Test
    void isAnnouncedAtOnceAndOnce() {
      put("/a", 10);
      scan();
      scan();
      assertThat(heard).containsExactly("announced /a");
    }
  }

  @Nested
  class AFileWhoseWriterIsSeen {

    @Test
    void waitsForItsEndHoweverLongThatTakes() {
      put("/a", 10);
      happened("/a", Publication.Happening.CREATED);
      for (int i = 0; i < 10; i++) {
        pass(Duration.ofMinutes(2));
        scan();
        assertThat(disk.hashing).isEmpty();
      }
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      assertThat(disk.hashing).containsKey(title("/a"));
    }

    @Test
    void isTakenAsItIsAfterAnHourOfSilence() {
      put("/a", 10);
      happened("/a", Publication.Happening.WRITTEN);
      pass(Duration.ofMinutes(59));
      happened("/a", Publication.Happening.WRITTEN);
      pass(Duration.ofMinutes(59));
      assertThat(disk.hashing).isEmpty();
      pass(Duration.ofMinutes(2));
      assertThat(disk.hashing).containsKey(title("/a"));
    }

    @Test
    void hasToBeQuietInsteadWhenEventsWereLost() {
      put("/a", 10);
      happened("/a", Publication.Happening.CREATED);
      publication.eventsLost();
      pass(Duration.ofSeconds(9));
      assertThat(disk.hashing).isEmpty();
      pass(Duration.ofSeconds(2));
      assertThat(disk.hashing).containsKey(title("/a"));
    }

    @Test
    void givesUpAHashingThatHadBegun() {
      put("/a", 10);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      FileStat first = disk.hashing.get(title("/a"));
      happened("/a", Publication.Happening.WRITTEN);
      assertThat(disk.hashing).isEmpty();
      publication.hashed(new HashOutcome.Hashed(title("/a"), first, edition(first)));
      assertThat(heard).noneMatch(h -> h.startsWith("published"));
    }

    @Test
    void mayHaveItsDateSetAfterItsEndWithoutALongWait() {
      put("/a", 10);
      happened("/a", Publication.Happening.ENDED);
      FileStat dated = new FileStat(DEVICE, 1, 10, 5, nanos, 0x8000, 1);
      disk.files.put(title("/a"), dated);
      pass(Duration.ofMillis(300));
      assertThat(disk.hashing).containsEntry(title("/a"), dated);
    }
  }

  @Nested
  class AfterHashing {

    @Test
    void aFileThatChangedMeanwhileIsHashedAgain() {
      FileStat stat = put("/a", 10);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      disk.hashing.clear();
      FileStat changed = put("/a", 11, 1);
      publication.hashed(new HashOutcome.Changed(title("/a"), stat));
      pass(SETTLE.plusSeconds(1));
      assertThat(disk.hashing).containsEntry(title("/a"), changed);
    }

    @Test
    void anUnreadableFileIsNamedWithTheCommandThatMendsIt() {
      FileStat stat = put("/it's", 10);
      happened("/it's", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      publication.hashed(
          new HashOutcome.Unreadable(title("/it's"), stat, new AccessDeniedException("/it's")));
      assertThat(troubles.sentences())
          .singleElement()
          .asString()
          .contains("chmod a+r '/media/it'\\''s'");
      assertThat(heard).contains("announced /it's").doesNotContain("published /it's 10");
    }

    @Test
    void aSecondNameOfTheSameFileIsNotHashed() {
      FileStat stat = put("/a", 10, 5);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      hashAll();
      disk.files.put(title("/b"), stat);
      happened("/b", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      assertThat(disk.hashing).isEmpty();
      assertThat(heard).contains("published /b 10");
    }

    @Test
    void hashesGetTheirPlaceOnlyWhenItIsKnownWhatTheyAreFor() {
      put("/a", 10, 5);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      hashAll();
      FileStat twin = put("/b", 10, 5 + 256); // by its content the same edition
      happened("/b", Publication.Happening.ENDED);
      put("/a", 11, 6);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      disk.asked.clear();
      // What is hashed of /b is on its way while /a becomes another edition.
      disk.hashing.remove(title("/b"));
      hashAll();
      publication.hashed(new HashOutcome.Hashed(title("/b"), twin, edition(twin)));
      assertThat(disk.asked).containsExactly("keep 11 of /a", "forget 10", "keep 10 of /b");
    }

    @Test
    void aFileWhoseHashesCannotBeKeptIsTriedAgain() {
      put("/a", 10, 5);
      happened("/a", Publication.Happening.ENDED);
      pass(Duration.ofMillis(200));
      disk.full = true;
      hashAll();
      assertThat(heard).noneMatch(line -> line.startsWith("published"));
      assertThat(troubles.sentences().toString()).contains("hashes cannot be written");
      disk.full = false;
      pass(Duration.ofSeconds(61));
      hashAll();
      assertThat(heard).contains("published /a 10");
      assertThat(troubles.sentences()).isEmpty();
    }

    @Test
    void aTitleThatIsFoundWrongIsHashedAgainButNotTwiceInAMinute() {
      publishMany(2);
      publication.suspected(title("/t0"));
      pass(Duration.ofMillis(200));
      assertThat(disk.hashing).containsOnlyKeys(title("/t0"));
      hashAll();
      assertThat(heard).as("it is the same edition").isEmpty();
      publication.suspected(title("/t0"));
      pass(Duration.ofSeconds(50));
      assertThat(disk.hashing).isEmpty();
      pass(Duration.ofSeconds(15));
      assertThat(disk.hashing).containsOnlyKeys(title("/t0"));
    }
  }

  @Nested
  class AtTheStart {

    private void remember(String path, FileStat stat) {
      phases.remembered(title(path), stat, edition(stat), Instant.EPOCH);
    }

    @Test
    void whatIsRememberedIsPublishedWithoutHashing() {
      remember("/a", put("/a", 10));
      phases.known(title("/a"));
      scan();
      pass(Duration.ofSeconds(1));
      assertThat(disk.hashing).isEmpty();
      assertThat(heard).containsExactly("published /a 10", "scanComplete");
    }

    @Test
    void aFileThatChangedMeanwhileIsHashedBeforeAnythingIsSaidOfIt() {
      remember("/a", put("/a", 10));
      phases.known(title("/a"));
      put("/a", 11, 1);
      scan();
      assertThat(heard).isEmpty();
      pass(SETTLE.plusSeconds(1));
      hashAll();
      assertThat(heard).containsExactly("published /a 11", "scanComplete");
    }

    @Test
    void whatTheCatalogueHasAndTheDirectoryNotIsWithdrawn() {
      put("/a", 10);
      phases.known(title("/a"));
      phases.known(title("/gone"));
      scan();
      pass(SETTLE.plusSeconds(2));
      assertThat(heard).contains("removed /gone").doesNotContain("removed /a");
    }

    @Test
    void theFirstScanIsCompleteOnlyWhenAllOfItIsHashed() {
      put("/a", 10);
      put("/b", 10);
      scan();
      pass(SETTLE.plusSeconds(1));
      disk.hashing.remove(title("/b"));
      hashAll();
      assertThat(heard).contains("published /a 10").doesNotContain("scanComplete");
      publication.hashed(
          new HashOutcome.Unreadable(
              title("/b"), disk.files.get(title("/b")), new AccessDeniedException("/b")));
      assertThat(heard).containsOnlyOnce("scanComplete");
    }

    @Test
    void anEmptyDirectoryIsNeverComplete() {
      scan();
      assertThat(allListed).as("there is nothing, here").isTrue();
      pass(Duration.ofMinutes(5));
      assertThat(heard).isEmpty();
      put("/a", 10);
      scan();
      pass(SETTLE.plusSeconds(1));
      hashAll();
      assertThat(heard).endsWith("scanComplete");
    }
  }

  /** The directory is emptied, and then a file appears in it. */
  @Nested
  class AnEmptiedDirectory {

    private Map<Title, FileStat> taken = Map.of();

    private void empty() {
      taken = Map.copyOf(disk.files);
      disk.files.clear();
      taken.keySet().forEach(title -> publication.happened(title, Publication.Happening.LOOK));
    }

    private void putBack() {
      disk.files.putAll(taken);
      taken.keySet().forEach(title -> publication.happened(title, Publication.Happening.ENDED));
    }

    private void aFileAppears() {
      put("/stray", 10);
      happened("/stray", Publication.Happening.ENDED);
      pass(Duration.ofSeconds(1));
      hashAll();
      assertThat(heard).contains("published /stray 10");
    }

    /** The same directory, seen by the next process. */
    private void restart(Set<Title> catalogue, boolean sameBoot) {
      begin();
      catalogue.forEach(phases::known);
      if (sameBoot) {
        removals.guard().expectDevice(DEVICE);
      }
      memory.forEach(removals.guard()::remembered);
      scan();
    }

    private void assertNothingIsWithdrawn() {
      assertThat(heard).noneMatch(h -> h.startsWith("removed"));
    }

    private void assertDegraded(String part) {
      assertThat(troubles.sentences())
          .singleElement()
          .asString()
          .contains(part)
          .contains("p2pd accept-removals --state /state");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 9, 10, 50})
    void withdrawsNothingWhateverAppearsInIt(int titles) {
      publishMany(titles);
      empty();
      pass(Duration.ofSeconds(2));
      aFileAppears();
      pass(Duration.ofMinutes(5));
      scan();
      pass(Duration.ofMinutes(5));
      assertNothingIsWithdrawn();
      assertDegraded("was empty: " + titles + " titles without a file stay");
    }

    @Test
    void isSeenToBeEmptyBeforeTheNextFileAppears() {
      publishMany(5);
      empty();
      census.tick();
      assertThat(disk.scanWanted).isTrue();
      disk.scanWanted = false;
      scan();
      aFileAppears();
      pass(Duration.ofMinutes(5));
      assertNothingIsWithdrawn();
    }

    @Test
    void isSeenToBeEmptyByALookIfTheScanComesTooLate() {
      publishMany(5);
      disk.files.clear(); // and no event tells
      census.probed(disk.root(), Set.of());
      aFileAppears();
      scan();
      pass(Duration.ofMinutes(5));
      assertNothingIsWithdrawn();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 50})
    void isRememberedOverARestart(int titles) {
      publishMany(titles);
      Set<Title> catalogue = new HashSet<>(disk.files.keySet());
      empty();
      pass(Duration.ofSeconds(2));
      for (int i = 0; i < 2 * titles; i++) {
        put("/new" + i, 10);
      }
      scan();
      pass(SETTLE.plusSeconds(1));
      hashAll();
      catalogue.addAll(disk.files.keySet());
      restart(catalogue, true);
      pass(Duration.ofMinutes(5));
      hashAll();
      pass(Duration.ofMinutes(5));
      assertNothingIsWithdrawn();
      assertDegraded("was empty");
    }

    @Test
    void takesBackWhatWasWithdrawnWhileItWasBeingEmptied() {
      publishMany(5);
      for (int i = 0; i < 5; i++) {
        disk.files.remove(title("/t" + i));
        happened("/t" + i, Publication.Happening.LOOK);
        pass(Duration.ofSeconds(5));
      }
      assertThat(heard).contains("removed /t0", "removed /t3", "published /t0 100");
      heard.clear();
      aFileAppears();
      pass(Duration.ofMinutes(5));
      assertNothingIsWithdrawn();
      assertThat(removals.count()).isEqualTo(5);
    }

    @Test
    void recoversWhenAllIsBackAndForgetsWhatItWithheld() {
      publishMany(5);
      empty();
      pass(Duration.ofSeconds(2));
      aFileAppears();
      pass(Duration.ofSeconds(2));
      putBack();
      pass(Duration.ofSeconds(2));
      assertThat(troubles.sentences()).isEmpty();
      assertThat(memory).isEmpty();
      assertNothingIsWithdrawn();
      disk.files.remove(title("/t1"));
      happened("/t1", Publication.Happening.LOOK);
      pass(Duration.ofSeconds(2));
      assertThat(heard).contains("removed /t1");
    }

    @Test
    void withdrawsWhatWasAddedSinceAndIsDeletedAgain() {
      publishMany(5);
      empty();
      pass(Duration.ofSeconds(2));
      put("/other", 11);
      happened("/other", Publication.Happening.ENDED);
      aFileAppears();
      disk.files.remove(title("/stray"));
      happened("/stray", Publication.Happening.LOOK);
      pass(Duration.ofMinutes(1));
      assertThat(heard).filteredOn(h -> h.startsWith("removed")).containsExactly("removed /stray");
    }

    @Test
    void letsTheOwnerHaveHisWord() {
      publishMany(5);
      empty();
      pass(Duration.ofSeconds(2));
      aFileAppears();
      heard.clear();
      census.acceptRemovals();
      pass(Duration.ofSeconds(2));
      assertThat(heard).hasSize(5).allMatch(h -> h.startsWith("removed /t"));
      assertThat(troubles.sentences()).isEmpty();
      assertThat(memory).isEmpty();
    }

    @Test
    void mayBeAMountPointWithAStrayFileInItWhenTheMachineHasStarted() {
      publishMany(5);
      Set<Title> catalogue = Set.copyOf(disk.files.keySet());
      Map<Title, FileStat> mounted = Map.copyOf(disk.files);
      disk.files.clear();
      disk.device = 9;
      put("/stray", 10);
      restart(catalogue, false);
      pass(Duration.ofMinutes(1));
      hashAll();
      pass(Duration.ofMinutes(1));
      assertNothingIsWithdrawn();
      assertDegraded("was empty");
      disk.device = DEVICE;
      disk.files.clear();
      disk.files.putAll(mounted);
      pass(Duration.ofMinutes(1));
      assertThat(troubles.sentences()).isEmpty();
      assertThat(heard).as("it was never the owner's").contains("removed /stray");
    }

    @Test
    void isNoOtherThanARenameOfTheOnlyTitle() {
      publishMany(1);
      disk.files.clear();
      happened("/t0", Publication.Happening.LOOK);
      put("/renamed", 100);
      happened("/renamed", Publication.Happening.ENDED);
      pass(Duration.ofSeconds(1));
      hashAll();
      pass(Duration.ofSeconds(1));
      assertThat(heard).contains("removed /t0", "published /renamed 100");
      assertThat(troubles.sentences()).isEmpty();
    }
  }

  @Nested
  class TheGuard {

    @Test
    void letsARemovalThrough() {
      publishMany(3);
      disk.files.remove(title("/t1"));
      happened("/t1", Publication.Happening.LOOK);
      pass(Duration.ofSeconds(1));
      assertThat(heard).containsExactly("removed /t1");
    }

    @Test
    void withdrawsNothingFromAnUnmountedDirectoryAndRecoversByItself() {
      publishMany(3);
      disk.mounted = false;
      pass(Duration.ofMinutes(10));
      assertThat(heard).isEmpty();
      assertThat(removals.count()).isEqualTo(3);
      assertThat(troubles.sentences())
          .singleElement()
          .asString()
          .contains("p2pd accept-removals --state /state");
      disk.mounted = true;
      pass(Duration.ofSeconds(5));
      assertThat(heard).isEmpty();
      assertThat(disk.hashing).isEmpty();
      assertThat(troubles.sentences()).isEmpty();
      assertThat(removals.count()).isZero();
    }

    @Test
    void believesNothingThatLiesOnAnotherFileSystem() {
      publishMany(3);
      disk.device = 9;
      Map<Title, FileStat> before = Map.copyOf(disk.files);
      disk.files.clear();
      put("/t0", 5000);
      put("/stray", 10);
      pass(Duration.ofMinutes(2));
      scan();
      pass(Duration.ofMinutes(2));
      assertThat(heard).isEmpty();
      assertThat(disk.hashing).isEmpty();
      assertThat(troubles.sentences()).singleElement().asString().contains("another file system");
      disk.device = DEVICE;
      disk.files.clear();
      disk.files.putAll(before);
      pass(Duration.ofSeconds(5));
      assertThat(troubles.sentences()).isEmpty();
      assertThat(heard).isEmpty();
    }

    @Test
    void believesNoEventFromAnotherFileSystemEither() {
      publishMany(3);
      disk.device = 9;
      Map<Title, FileStat> before = Map.copyOf(disk.files);
      disk.files.clear();
      put("/stray", 10);
      pass(Duration.ofSeconds(2));
      put("/later", 10);
      happened("/later", Publication.Happening.ENDED);
      put("/sub/later", 10);
      census.scanned(
          new Snapshot(
              "/sub/",
              true,
              disk.root(),
              Map.of(title("/sub/later"), disk.files.get(title("/sub/later"))),
              Set.of()));
      pass(Duration.ofMinutes(2));
      assertThat(heard).isEmpty();
      assertThat(disk.hashing).isEmpty();
      disk.files.putAll(before);
      scan();
      pass(SETTLE.plusSeconds(1));
      assertThat(heard).contains("announced /later", "announced /sub/later");
      assertThat(troubles.sentences()).as("all titles are there: the owner has moved").isEmpty();
    }

    @Test
    void saysSoOfAnotherFileSystemThatWasThereAtTheStart() {
      disk.device = 9;
      put("/stray", 10);
      phases.known(title("/t0"));
      removals.guard().expectDevice(DEVICE);
      scan();
      pass(Duration.ofMinutes(1));
      assertThat(heard).isEmpty();
      assertThat(troubles.sentences()).singleElement().asString().contains("another file system");
      assertThat(census.canAccept()).isTrue();
      census.acceptRemovals();
      pass(Duration.ofSeconds(2));
      assertThat(heard).containsExactlyInAnyOrder("announced /stray", "removed /t0");
      assertThat(troubles.sentences()).isEmpty();
    }

    @Test
    void movesToAnotherFileSystemWithTheOwnerIfAllTitlesAreThere() {
      publishMany(3);
      disk.device = 9;
      put("/new", 10);
      pass(Duration.ofSeconds(2));
      assertThat(disk.asked).contains("device 9");
      assertThat(heard).contains("announced /new");
      assertThat(troubles.sentences()).isEmpty();
    }

    @Test
    void withdrawsNothingWhileTheDirectoryCannotBeRead() {
      publishMany(12);
      disk.readable = false;
      for (int i = 0; i < 12; i++) {
        happened("/t" + i, Publication.Happening.LOOK);
      }
      pass(Duration.ofMinutes(10));
      scan();
      pass(Duration.ofMinutes(1));
      assertThat(heard).isEmpty();
      assertThat(troubles.sentences()).anyMatch(s -> s.contains("chmod a+rx /media"));
      disk.readable = true;
      pass(Duration.ofMinutes(2));
      assertThat(heard).isEmpty();
      assertThat(troubles.sentences()).isEmpty();
    }

    @Test
    void takesBackTheFirstOfAMassRemoval() {
      publishMany(20);
      for (int i = 0; i < 15; i++) {
        disk.files.remove(title("/t" + i));
        happened("/t" + i, Publication.Happening.LOOK);
        pass(Duration.ofSeconds(2));
      }
      assertThat(removals.count()).isEqualTo(15);
      List<String> net = new ArrayList<>();
      heard.forEach(
          h -> {
            if (h.startsWith("removed ")) {
              net.add(h.substring(8));
            } else {
              net.remove(h.substring(h.indexOf(' ') + 1, h.lastIndexOf(' ')));
            }
          });
      assertThat(net).isEmpty();
    }

    @Test
    void withdrawsWhatTheOwnerAccepts() {
      publishMany(20);
      List.copyOf(disk.files.keySet()).stream()
          .filter(t -> !t.path().equals("/t0"))
          .forEach(disk.files::remove);
      scan();
      pass(Duration.ofMinutes(5));
      assertThat(heard).isEmpty();
      assertThat(census.canAccept()).isTrue();
      census.acceptRemovals();
      pass(Duration.ofSeconds(2));
      assertThat(heard).hasSize(19).allMatch(h -> h.startsWith("removed "));
      assertThat(troubles.sentences()).isEmpty();
      disk.files.remove(title("/t0"));
      put("/t1", 101);
      happened("/t1", Publication.Happening.ENDED);
      pass(Duration.ofSeconds(2));
      assertThat(heard).contains("announced /t1");
    }

    @Test
    void acceptsNothingInAdvance() {
      publishMany(20);
      census.acceptRemovals();
      disk.files.clear();
      scan();
      pass(Duration.ofMinutes(5));
      assertThat(heard).isEmpty();
      assertThat(removals.withheldCount()).isEqualTo(20);
    }

    @Test
    void countsNoTitleThatIsAboutToBeWithdrawn() {
      publishMany(3);
      disk.files.remove(title("/t1"));
      happened("/t1", Publication.Happening.LOOK);
      assertThat(removals.count()).isEqualTo(1);
      assertThat(removals.withheldCount()).isZero();
      disk.files.clear();
      scan();
      pass(Duration.ofSeconds(2));
      assertThat(removals.withheldCount()).isEqualTo(3);
    }

    @Test
    void findsAnUnmountedPartOfTheDirectory() {
      publishMany(5);
      disk.files.remove(title("/t1"));
      disk.unmounted.add(title("/t1"));
      scan();
      pass(Duration.ofMinutes(1));
      assertThat(heard).isEmpty();
      assertThat(troubles.sentences()).singleElement().asString().contains("no longer mounted");
    }

    @Test
    void forgetsAWithdrawnTitleOnlyLater() {
      publishMany(3);
      FileStat stat = disk.files.remove(title("/t1"));
      scan();
      pass(Duration.ofSeconds(5));
      assertThat(heard).containsExactly("removed /t1");
      assertThat(disk.forgotten).isEmpty();
      disk.files.put(title("/t1"), stat);
      happened("/t1", Publication.Happening.ENDED);
      assertThat(heard).as("without hashing").contains("published /t1 101");
      disk.files.remove(title("/t1"));
      scan();
      pass(Duration.ofMinutes(5));
      assertThat(disk.forgotten).containsExactly(title("/t1"));
      assertThat(disk.asked).contains("forget 101");
    }
  }
}
