package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.p2pd.model.Edition;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.EvictionOrder.Candidate;
import org.p2pd.store.StoredEdition.Retired;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees room by deleting whole extents in {@link EvictionOrder}. One thread at a time; the others
 * that need room wait for it. What is deleted while a container still sends it stays counted.
 */
final class Evictor {

  private static final Logger log = LoggerFactory.getLogger(Evictor.class);

  /** So long nobody looks again after nothing could be freed: looking takes time, too. */
  private static final Duration VAIN = Duration.ofMillis(200);

  /** A little more than needed is freed at once, so that not every span has to look: C / 256. */
  private static final int MORE_SHARE = 256;

  private static final long MOST_MORE_BYTES = 64L << 20;

  private final StoreParts parts;
  private final Editions editions;

  /** Deleted files that were open when they were last looked for, and what they take. */
  @GuardedBy("this")
  private final Map<Path, Long> deleted = new HashMap<>();

  @GuardedBy("this")
  private long vainUntil;

  Evictor(StoreParts parts, Editions editions) {
    this.parts = parts;
    this.editions = editions;
    this.vainUntil = parts.now();
  }

  /** Tries to free as much as is missing until that many bytes could be reserved. */
  synchronized boolean makeRoom(long bytes) {
    if (parts.ledger().missing(bytes) == 0) {
      return true;
    }
    if (parts.now() - vainUntil < 0) {
      return false;
    }
    reap();
    long more = Math.min(parts.ledger().balance().limit() / MORE_SHARE, MOST_MORE_BYTES);
    List<Candidate<StoredEdition>> candidates = new ArrayList<>();
    for (StoredEdition stored : editions.all()) {
      candidates.addAll(stored.candidates());
    }
    PriorityQueue<Candidate<StoredEdition>> queue = EvictionOrder.queue(candidates);
    while (parts.ledger().missing(bytes + more) > 0 && !queue.isEmpty()) {
      Candidate<StoredEdition> next = queue.poll();
      if (next.extentIndex() < 0) {
        queue.addAll(open(next.what()));
      } else {
        next.what().retire(next.extentIndex()).ifPresent(gone -> delete(next.what(), gone));
      }
    }
    boolean enough = parts.ledger().missing(bytes) == 0;
    vainUntil = enough ? parts.now() : parts.now() + VAIN.toNanos();
    return enough;
  }

  /** Loads an edition that was not asked for since start, to evict a part of it. */
  private List<Candidate<StoredEdition>> open(StoredEdition stored) {
    Optional<Edition> edition = stored.edition();
    if (edition.isPresent() && stored.load(edition.get()).isPresent()) {
      removeEmpty(stored);
      return stored.candidates();
    }
    stored.retireUnreadable().ifPresent(summary -> deleteUnreadable(stored, summary));
    return List.of();
  }

  /** Removes an edition that has nothing but its directory. */
  synchronized void removeEmpty(StoredEdition stored) {
    stored.retireEmpty().ifPresent(home -> deleteHome(stored, home));
  }

  @GuardedBy("this")
  private void delete(StoredEdition stored, Retired retired) {
    Extent extent = retired.extent();
    parts.news().tellNow(); // before it is gone: nobody is sent here for it any more
    try {
      extent.files.delete();
      parts.counters().evictedExtents.increment();
      log.debug("evicted {}", extent.files.data());
      account(extent);
    } catch (IOException e) {
      // What may still be there stays counted; the next start finds it again.
      log.error("cannot delete {}: check the directory's permissions", extent.files.data(), e);
    }
    retired.home().ifPresent(home -> deleteHome(stored, home));
  }

  @GuardedBy("this")
  private void account(Extent extent) {
    Path data = extent.files.data();
    if (extent.handedOut && DeletedFiles.openBelow(parts.paths().editions()).containsKey(data)) {
      deleted.put(data, extent.charge);
      parts.ledger().unlink(extent.charge);
    } else {
      parts.ledger().free(extent.charge);
    }
  }

  private void deleteHome(StoredEdition stored, EditionHome home) {
    try {
      home.delete();
      stored.leave(home);
      editions.forget(stored);
    } catch (IOException e) {
      log.error("cannot delete what is left of {}: check the permissions", stored.id(), e);
    }
  }

  private void deleteUnreadable(StoredEdition stored, Summary summary) {
    log.warn("the record of {} is damaged: the edition is removed", stored.id());
    parts.news().tellNow();
    try {
      new EditionSurvey(parts, stored.id()).removeAll();
      parts.ledger().free(summary.charge());
      editions.forget(stored);
    } catch (IOException e) {
      log.error("cannot delete what is left of {}: check the permissions", stored.id(), e);
    }
  }

  /** Looks which deleted files were closed meanwhile. */
  synchronized void reap() {
    if (deleted.isEmpty()) {
      return;
    }
    Map<Path, Path> open = DeletedFiles.openBelow(parts.paths().editions());
    deleted
        .entrySet()
        .removeIf(
            file -> {
              boolean gone = !open.containsKey(file.getKey());
              if (gone) {
                parts.ledger().gone(file.getValue());
              }
              return gone;
            });
  }

  /** Counts files that an earlier life of the store deleted and this process still sends. */
  synchronized void findDeleted() {
    for (Map.Entry<Path, Path> file : DeletedFiles.openBelow(parts.paths().editions()).entrySet()) {
      try {
        long bytes = Charges.wholeFile(AllocatedSize.ofTarget(file.getValue()));
        deleted.put(file.getKey(), bytes);
        parts.ledger().found(bytes);
        parts.ledger().unlink(bytes);
      } catch (IOException e) {
        log.debug("{} was closed meanwhile: {}", file.getKey(), e.toString());
      }
    }
  }
}
