package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/**
 * Which region is hashed next: of the titles asked for, then of the newest files, then of the
 * smallest. Hands out work and is told when it is done; thread-safe.
 *
 * <p>A job's life: {@code WAITING → OPENING → HASHING → (all regions done) ENDING → gone}. {@link
 * #take} makes the first two arrows and {@link #opened} the third; the thread that ends a job's
 * last piece of work takes it away. Regions of one file are handed out in order to whoever asks:
 * one large file keeps all cores busy, and so do many small ones.
 */
final class HashQueue {

  /** A piece of work. */
  sealed interface Task {
    HashJob job();

    /** Open the job's files, then say so with {@link HashQueue#opened}. */
    record Open(HashJob job) implements Task {}

    /** Hash one region, then say so with {@link HashQueue#done}. */
    record Region(HashJob job, long region) implements Task {}
  }

  /** What the thread that ended a piece of work has to do next for the job. */
  sealed interface Next {
    record Nothing() implements Next {}

    /** Many regions are done since the last time: remember that so many from the start are. */
    record Remember(long regions) implements Next {}

    /** All is done, or it failed: finish it and tell the outcome. */
    record Finish() implements Next {}

    /** It was given up: close it. */
    record Close() implements Next {}
  }

  private enum State {
    WAITING,
    OPENING,
    HASHING
  }

  /** Regions between two notes of progress: a restart hashes at most so many MiB twice. */
  static final int REMEMBER_EVERY = 256;

  private static final Comparator<Entry> ORDER =
      Comparator.comparingLong((Entry e) -> e.wantedAt)
          .thenComparing(e -> -e.job.expected().modifiedNanos())
          .thenComparing(e -> e.job.expected().sizeBytes())
          .thenComparing(e -> e.number);

  private static final class Entry {
    final HashJob job;
    final long number;
    long wantedAt = Long.MAX_VALUE;
    State state = State.WAITING;
    boolean cancelled;
    long nextRegion;
    long doneRegions;
    long rememberedRegions;
    final TreeSet<Long> underWay = new TreeSet<>();

    Entry(HashJob job, long number) {
      this.job = job;
      this.number = number;
    }

    boolean hasWork() {
      return state == State.WAITING
          || (state == State.HASHING && nextRegion < job.regionCount() && !job.hasFailed());
    }

    long doneFromStart() {
      return underWay.isEmpty() ? nextRegion : underWay.first();
    }
  }

  @GuardedBy("this")
  private final Map<Title, Entry> entries = new HashMap<>();

  @GuardedBy("this")
  private final TreeSet<Entry> withWork = new TreeSet<>(ORDER);

  @GuardedBy("this")
  private final Map<HashJob, Entry> byJob = new HashMap<>();

  @GuardedBy("this")
  private long sequence;

  @GuardedBy("this")
  private boolean closed;

  /** Adds a job, in place of the title's earlier one. */
  synchronized void add(HashJob job) {
    long wantedAt = Long.MAX_VALUE;
    Entry before = entries.get(job.title());
    if (before != null) {
      wantedAt = before.wantedAt;
      cancel(job.title());
    }
    Entry entry = new Entry(job, sequence++);
    entry.wantedAt = wantedAt;
    entries.put(job.title(), entry);
    byJob.put(job, entry);
    withWork.add(entry);
    notifyAll();
  }

  /** Gives a title up. Whoever works on it closes its files. */
  synchronized void cancel(Title title) {
    Entry entry = entries.remove(title);
    if (entry == null) {
      return;
    }
    withWork.remove(entry);
    entry.cancelled = true;
    boolean idle = entry.state != State.OPENING && entry.underWay.isEmpty();
    if (idle) {
      byJob.remove(entry.job);
      entry.job.close();
    }
  }

  /** Puts a title before all that were not asked for. */
  synchronized void want(Title title) {
    Entry entry = entries.get(title);
    if (entry == null || entry.wantedAt != Long.MAX_VALUE) {
      return;
    }
    boolean listed = withWork.remove(entry);
    entry.wantedAt = sequence++;
    if (listed) {
      withWork.add(entry);
    }
  }

  /** Waits for work; null when there will be none any more. */
  synchronized @Nullable Task take() throws InterruptedException {
    while (!closed && withWork.isEmpty()) {
      wait();
    }
    if (closed) {
      return null;
    }
    Entry entry = withWork.first();
    if (entry.state == State.WAITING) {
      withWork.remove(entry);
      entry.state = State.OPENING;
      return new Task.Open(entry.job);
    }
    long region = entry.nextRegion++;
    entry.underWay.add(region);
    if (!entry.hasWork()) {
      withWork.remove(entry);
    }
    return new Task.Region(entry.job, region);
  }

  synchronized Next opened(HashJob job, long regionsDone) {
    Entry entry = entry(job);
    if (entry.cancelled || closed) {
      byJob.remove(job);
      return new Next.Close();
    }
    entry.state = State.HASHING;
    entry.nextRegion = regionsDone;
    entry.doneRegions = regionsDone;
    entry.rememberedRegions = regionsDone;
    if (entry.hasWork()) {
      withWork.add(entry);
      notifyAll();
      return new Next.Nothing();
    }
    return end(entry);
  }

  synchronized Next done(HashJob job, long region) {
    Entry entry = entry(job);
    entry.underWay.remove(region);
    entry.doneRegions++;
    if (job.hasFailed()) {
      withWork.remove(entry);
    }
    boolean last = entry.underWay.isEmpty();
    if (entry.cancelled) {
      if (last) {
        byJob.remove(job);
      }
      return last ? new Next.Close() : new Next.Nothing();
    }
    if (last && !entry.hasWork()) {
      return end(entry);
    }
    if (entry.doneFromStart() - entry.rememberedRegions >= REMEMBER_EVERY) {
      entry.rememberedRegions = entry.doneFromStart();
      return new Next.Remember(entry.rememberedRegions);
    }
    return new Next.Nothing();
  }

  @GuardedBy("this")
  private Next end(Entry entry) {
    withWork.remove(entry);
    entries.remove(entry.job.title());
    byJob.remove(entry.job);
    return new Next.Finish();
  }

  @GuardedBy("this")
  private Entry entry(HashJob job) {
    Entry entry = byJob.get(job);
    if (entry == null) {
      throw new IllegalStateException("no work is under way for " + job.title());
    }
    return entry;
  }

  /** 0 to 99; nothing if the title does not wait to be hashed. */
  synchronized OptionalInt percent(Title title) {
    Entry entry = entries.get(title);
    if (entry == null) {
      return OptionalInt.empty();
    }
    long all = Math.max(1, entry.job.regionCount());
    return OptionalInt.of((int) Math.min(99, entry.doneRegions * 100 / all));
  }

  synchronized Set<Title> titles() {
    return Set.copyOf(entries.keySet());
  }

  /** Hands out no more work. */
  synchronized void close() {
    closed = true;
    withWork.clear();
    notifyAll();
  }

  /** What is left when all threads have ended, with how far each came. */
  synchronized Map<HashJob, Long> rest() {
    Map<HashJob, Long> rest = new HashMap<>();
    List<Entry> left = new ArrayList<>(entries.values());
    for (Entry entry : left) {
      rest.put(entry.job, entry.state == State.HASHING ? entry.doneFromStart() : 0L);
    }
    return rest;
  }
}
