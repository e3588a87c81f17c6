package org.p2pd.catalogue;

import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Hash;

/**
 * Which batches of one epoch a log holds, and where: at most one checkpoint, then journal batches
 * without a gap, the first of which may lie some way before the checkpoint's end (for askers who
 * are only a little behind).
 *
 * <p>One thread at a time adds; any thread reads, at any time.
 */
final class LogIndex {

  /**
   * Where a batch lies.
   *
   * @param first lowest number in it
   * @param last highest number in it
   * @param after the cursor of an asker who has it and what comes before
   * @param tip the id of the last journal batch that such an asker has followed
   */
  record Segment(long first, long last, long offset, int length, Cursor after, Hash tip) {}

  private final List<Segment> pages = new CopyOnWriteArrayList<>();
  private final ConcurrentNavigableMap<Long, Segment> journal = new ConcurrentSkipListMap<>();
  private volatile @Nullable BatchPlace checkpoint;
  private volatile @Nullable BatchHeader newest;
  private volatile Position end = Position.NONE;

  /** Whether a batch continues what is there. */
  boolean accepts(BatchHeader header) {
    BatchHeader known = newest;
    BatchPlace place = header.place();
    if (known == null) {
      return place.isJournal() ? place.first() == 1 : place.page() == 0;
    }
    if (place.epoch() != known.place().epoch()) {
      return false;
    }
    if (!place.isJournal()) {
      return isPartial() && place.page() == pages.size() && place.sameCheckpoint(known.place());
    }
    Map.Entry<Long, Segment> lastJournal = journal.lastEntry();
    if (isPartial()) {
      return false;
    }
    return lastJournal == null
        ? place.first() <= end.number() + 1
        : place.first() == lastJournal.getValue().last() + 1;
  }

  /** Whether an accepted batch says something that is not in the checkpoint already. */
  boolean isNews(BatchHeader header) {
    return !header.place().isJournal() || header.place().last() > end.number();
  }

  /**
   * Adds an accepted batch.
   *
   * @param first lowest number in it
   */
  void add(BatchHeader header, long first, long last, long offset) {
    BatchPlace place = header.place();
    int nextPage = place.isJournal() || place.page() + 1 == place.pages() ? 0 : place.page() + 1;
    Segment segment =
        new Segment(
            first,
            last,
            offset,
            header.batchBytes(),
            new Cursor(place.end(), nextPage),
            header.tip());
    if (isNews(header)) {
      newest = header;
    }
    if (!place.isJournal()) {
      pages.add(segment);
      if (nextPage == 0) {
        checkpoint = place;
        end = place.end();
      }
      return;
    }
    journal.put(place.first(), segment);
    if (place.last() > end.number()) {
      end = place.end();
    }
  }

  /** Drops journal batches before the checkpoint that do not reach it: a file was cut there. */
  void dropUnconnected() {
    Map.Entry<Long, Segment> last = journal.lastEntry();
    if (last != null && last.getValue().last() < end.number()) {
      journal.clear();
    }
  }

  /** Whether a checkpoint was begun of which pages are missing. */
  boolean isPartial() {
    return !pages.isEmpty() && checkpoint == null;
  }

  /** Everything up to here is there; {@link Position#NONE} if nothing is, or a part only. */
  Position end() {
    return end;
  }

  /** The header of the batch that led to {@link #end()}. */
  Optional<BatchHeader> newest() {
    return isPartial() ? Optional.empty() : Optional.ofNullable(newest);
  }

  /** The number up to which the checkpoint speaks; 0 without one. */
  long checkpointNumber() {
    BatchPlace place = checkpoint;
    return place == null ? 0 : place.last();
  }

  /** The checkpoint's pages that are there, in order. */
  List<Segment> pages() {
    return List.copyOf(pages);
  }

  /** How many numbers came after the checkpoint. */
  long journalLength() {
    return end.number() - checkpointNumber();
  }

  /** The id of the last journal batch. */
  Hash tip() {
    return newest().map(BatchHeader::tip).orElse(BatchPlace.NO_PREVIOUS);
  }

  /** The batch that has the entry of that number, if it was not compacted away. */
  Optional<Segment> find(long number) {
    Map.Entry<Long, Segment> floor = journal.floorEntry(number);
    if (floor != null && number <= floor.getValue().last()) {
      return Optional.of(floor.getValue());
    }
    return pages.stream().filter(p -> p.first() <= number && number <= p.last()).findFirst();
  }

  /** The journal batches that hold numbers from that one on, in order. */
  Collection<Segment> journalFrom(long number) {
    Map.Entry<Long, Segment> floor = journal.floorEntry(number);
    boolean within = floor != null && number <= floor.getValue().last();
    return journal.tailMap(within ? floor.getKey() : Long.valueOf(number), true).values();
  }

  /** What an asker needs who stands at that cursor, in order. */
  Iterator<Segment> after(Cursor cursor) {
    Position asker = cursor.position();
    Position known = end;
    if (known.equals(Position.NONE) || isAhead(asker, cursor.page(), known)) {
      return List.<Segment>of().iterator();
    }
    if (asker.epoch() == known.epoch() && cursor.page() == 0 && hasJournalAfter(asker.number())) {
      return journalFrom(asker.number() + 1).iterator();
    }
    BatchPlace base = checkpoint;
    if (base == null) {
      return journal.values().iterator();
    }
    int firstPage = base.end().equals(asker) && cursor.page() < base.pages() ? cursor.page() : 0;
    return Stream.concat(pages.stream().skip(firstPage), journalFrom(base.last() + 1).stream())
        .iterator();
  }

  private static boolean isAhead(Position asker, int page, Position known) {
    if (asker.epoch() != known.epoch()) {
      return asker.epoch() > known.epoch();
    }
    return page == 0 ? asker.number() >= known.number() : asker.number() > known.number();
  }

  private boolean hasJournalAfter(long number) {
    Map.Entry<Long, Segment> first = journal.firstEntry();
    return first != null && first.getValue().first() <= number + 1;
  }

  /**
   * Whether someone who followed this very history could have that header as the newest. What was
   * compacted away is given the benefit of the doubt.
   */
  boolean accountsFor(BatchHeader header) {
    Position heard = header.end();
    if (heard.epoch() != end.epoch() || heard.number() > end.number()) {
      return heard.epoch() < end.epoch();
    }
    BatchPlace base = checkpoint;
    if (base != null && base.last() == heard.number()) {
      return base.previous().equals(header.tip());
    }
    Map.Entry<Long, Segment> floor = journal.floorEntry(heard.number());
    if (floor == null) {
      return true;
    }
    return floor.getValue().last() == heard.number() && floor.getValue().tip().equals(header.tip());
  }
}
