package org.p2pd.publish;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * When all that the first full scan found is listed, and when it is hashed, or known to be unready
 * or unreadable. Confined to the publishing thread.
 */
final class FirstScan {

  private final Runnable listed;
  private final Runnable done;
  private boolean listedTold;
  private @Nullable Set<Tracked> open;
  private boolean doneTold;

  /**
   * @param listed run once when all was listed
   * @param done run once when all was hashed
   */
  FirstScan(Runnable listed, Runnable done) {
    this.listed = listed;
    this.done = done;
  }

  /** A full scan was gone through. */
  void listed() {
    if (!listedTold) {
      listedTold = true;
      listed.run();
    }
  }

  /** Waits for those titles; only the first call counts. */
  void begin(Iterable<Tracked> titles) {
    if (open != null) {
      return;
    }
    open = new HashSet<>();
    for (Tracked title : titles) {
      if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.HASHING) {
        open.add(title);
      }
    }
    tell();
  }

  /** The title is published, or will not be for a while. */
  void resolved(Tracked title) {
    if (open != null && open.remove(title)) {
      tell();
    }
  }

  private void tell() {
    if (open != null && open.isEmpty() && !doneTold) {
      doneTold = true;
      done.run();
    }
  }
}
