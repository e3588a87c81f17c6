package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.p2pd.model.EditionId;

/**
 * What the 256 directories over the editions take. Directories do not shrink: an entry that was
 * paid for stays paid and is used again. Thread-safe; no I/O.
 */
final class FanOut {

  private static final int DIRECTORIES = 256;

  private final Ledger ledger;

  @GuardedBy("this")
  private final boolean[] exists = new boolean[DIRECTORIES];

  @GuardedBy("this")
  private final int[] freeEntries = new int[DIRECTORIES];

  FanOut(Ledger ledger) {
    this.ledger = ledger;
  }

  /** A directory was found at start. */
  synchronized void found(int number, long directoryBytes) {
    if (!exists[number]) {
      exists[number] = true;
      ledger.found(Charges.rounded(directoryBytes) + Charges.DIRECTORY);
    }
  }

  /** Pays for one more edition; false if there is no room. */
  synchronized boolean enter(EditionId edition) {
    int number = StorePaths.fanOut(edition);
    if (freeEntries[number] > 0) {
      freeEntries[number]--;
      return true;
    }
    long cost = cost(number);
    if (!ledger.reserve(cost)) {
      return false;
    }
    ledger.use(cost);
    exists[number] = true;
    return true;
  }

  /** What entering would take now. */
  synchronized long costOf(EditionId edition) {
    int number = StorePaths.fanOut(edition);
    return freeEntries[number] > 0 ? 0 : cost(number);
  }

  @GuardedBy("this")
  private long cost(int number) {
    return (exists[number] ? 0 : Charges.DIRECTORY) + ENTRIES * Charges.ENTRY;
  }

  /** An edition is no longer there. */
  synchronized void leave(EditionId edition) {
    freeEntries[StorePaths.fanOut(edition)]++;
  }

  /** Up to four names: directory or block, record, mark, temporary. */
  private static final int ENTRIES = 4;
}
