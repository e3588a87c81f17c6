package org.p2pd.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.SppLimits;

/** What a parent hears of its leases, and when. */
class LeaseNoticesTest {

  private static final BlockSize SIZE = BlockSize.DEFAULT;
  private static final int BLOCK = SIZE.bytes();
  private static final Edition FILM = edition(1_000_000_000);
  private static final Edition OTHER = edition(3_000_000);

  private final List<String> posted = new ArrayList<>();
  private final List<LeaseNotice> notices = new ArrayList<>();
  private final Queue<Runnable> timers = new ArrayDeque<>();
  private final List<ByteRange> notHeld = new ArrayList<>();
  private boolean usable = true;

  private final LeaseNotices leases =
      new LeaseNotices(
          () -> usable,
          (edition, range) -> notHeld.stream().noneMatch(range::overlaps),
          this::post,
          this::after);

  private static Edition edition(long lengthBytes) {
    return new Edition(DigestAlgorithm.SHA_256, lengthBytes, Hash.of(new byte[Hash.BYTES]));
  }

  private void post(EditionId edition, LeaseNotice notice) {
    notices.add(notice);
    posted.add(
        (edition.equals(FILM.id()) ? "film" : "other")
            + " held "
            + notice.held()
            + " gone "
            + notice.gone());
  }

  private void after(Duration pause, Runnable step) {
    assertThat(pause).isEqualTo(Duration.ofMillis(100));
    assertThat(timers).as("one timer at a time").isEmpty();
    timers.add(step);
  }

  private void passes() {
    Runnable due = timers.poll();
    if (due != null) {
      due.run();
    }
  }

  private void passesUntilQuiet() {
    while (!timers.isEmpty()) {
      passes();
    }
  }

  @Test
  void isToldOnceOfWhatEndedTogether() {
    leases.ended(FILM, new Span(SIZE, 0, 4));
    leases.ended(FILM, new Span(SIZE, 4, 4));
    assertThat(posted).isEmpty();
    passes();
    assertThat(posted).containsExactly("film held [0-524287] gone []");
    passes();
    assertThat(posted).hasSize(1);
    assertThat(timers).isEmpty();
  }

  @Test
  void isToldWhatWasNotKept() {
    notHeld.add(new ByteRange(2L * BLOCK, 4L * BLOCK - 1));
    leases.ended(FILM, new Span(SIZE, 0, 8));
    passes();
    assertThat(posted).containsExactly("film held [0-131071, 262144-524287] gone [131072-262143]");
  }

  @Test
  void isToldOfTheShortEnd() {
    int last = SIZE.blockCount(OTHER.lengthBytes()) - 1;
    leases.ended(OTHER, new Span(SIZE, last, 1));
    passes();
    assertThat(posted).containsExactly("other held [2949120-2999999] gone []");
  }

  @Test
  void isToldTheNewerNews() {
    leases.ended(FILM, new Span(SIZE, 0, 4));
    leases.evicted(FILM.id(), new ByteRange(0, BLOCK - 1));
    passes();
    assertThat(posted).containsExactly("film held [65536-262143] gone [0-65535]");
    leases.ended(FILM, new Span(SIZE, 0, 1));
    passes();
    assertThat(posted).last().isEqualTo("film held [0-65535] gone []");
  }

  @Test
  void hearsOfEvictionsOnlyWhereItLeased() {
    leases.evicted(FILM.id(), new ByteRange(0, 5));
    assertThat(timers).isEmpty();
    leases.ended(FILM, new Span(SIZE, 0, 1));
    passes();
    leases.evicted(FILM.id(), new ByteRange(0, 999_999_999));
    leases.evicted(OTHER.id(), new ByteRange(0, 5));
    passesUntilQuiet();
    assertThat(posted)
        .containsExactly("film held [0-65535] gone []", "film held [] gone [0-999999999]");
  }

  @Test
  void isToldOfOneEditionAtATime() {
    leases.ended(FILM, new Span(SIZE, 0, 1));
    leases.ended(OTHER, new Span(SIZE, 1, 1));
    passes();
    assertThat(posted).hasSize(1);
    passes();
    assertThat(posted)
        .containsExactly("film held [0-65535] gone []", "other held [65536-131071] gone []");
  }

  @Test
  void isToldSixtyFourPairsAtATimeWhatIsGoneFirst() {
    for (int block = 0; block < 200; block += 2) {
      leases.ended(FILM, new Span(SIZE, block, 1));
    }
    notHeld.add(new ByteRange(400L * BLOCK, 401L * BLOCK - 1));
    leases.ended(FILM, new Span(SIZE, 400, 1));
    passesUntilQuiet();
    assertThat(notices).hasSize(2);
    assertThat(notices.get(0).gone()).hasSize(1);
    assertThat(notices.get(0).held()).hasSize(63);
    assertThat(notices.get(1).held()).hasSize(37);
  }

  @Test
  void hearsNothingWhileItIsNotUsable() {
    usable = false;
    leases.ended(FILM, new Span(SIZE, 0, 1));
    assertThat(timers).isEmpty();
    usable = true;
    leases.ended(FILM, new Span(SIZE, 1, 1));
    usable = false;
    passes();
    usable = true;
    assertThat(timers).isEmpty();
    leases.ended(FILM, new Span(SIZE, 2, 1));
    passes();
    assertThat(posted).containsExactly("film held [131072-196607] gone []");
  }

  @Test
  void doesNotFillThisNodesMemory() {
    for (int block = 0; block < 3 * LeaseNotices.MAX_PENDING; block += 2) {
      leases.ended(FILM, new Span(SIZE, block, 1));
    }
    passesUntilQuiet();
    long told = notices.stream().mapToLong(notice -> notice.held().size()).sum();
    assertThat(told).isEqualTo(LeaseNotices.MAX_PENDING);
  }

  @Test
  void hearsTheTruthWhateverHappens() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Boolean[] truth = new Boolean[256];
    Boolean[] believed = new Boolean[256];
    for (int step = 0; step < 3_000; step++) {
      int block = random.nextInt(256);
      ByteRange bytes = new Span(SIZE, block, 1).bytes(FILM.lengthBytes());
      boolean keeps = random.nextBoolean();
      notHeld.clear();
      if (!keeps) {
        notHeld.add(bytes);
      }
      leases.ended(FILM, new Span(SIZE, block, 1));
      truth[block] = keeps;
      if (random.nextInt(20) == 0) {
        passes();
      }
    }
    passesUntilQuiet();
    for (LeaseNotice notice : notices) {
      assertThat(notice.held().size() + notice.gone().size())
          .as("seed %d", seed)
          .isBetween(1, SppLimits.MAX_LEASE_PAIRS);
      notice.held().forEach(range -> believe(believed, range, true));
      notice.gone().forEach(range -> believe(believed, range, false));
    }
    assertThat(believed).as("seed %d", seed).isEqualTo(truth);
  }

  private static void believe(Boolean[] believed, ByteRange range, boolean held) {
    for (int block = SIZE.blockAt(range.first()); block <= SIZE.blockAt(range.last()); block++) {
      believed[block] = held;
    }
  }
}
