package org.p2pd.publish;

import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/**
 * One title as the publishing thread sees it.
 *
 * <p>{@code SETTLING} (no change may come for a while) {@code → HASHING → IDLE} (published); {@code
 * WRITING} (a writer has it open) {@code → SETTLING} when it is closed; any change leads back to
 * {@code WRITING} or {@code SETTLING}; {@code UNREADABLE} and {@code MISSING} until it is seen
 * again.
 */
final class Tracked {

  enum Phase {
    WRITING,
    SETTLING,
    HASHING,
    IDLE,
    UNREADABLE,
    MISSING
  }

  final Title title;
  Phase phase = Phase.IDLE;

  /** As last seen; none yet for a title that only the catalogue knows. */
  @Nullable FileStat stat;

  /** What is published of it, even while its file is already another. */
  @Nullable HashedFile published;

  /** Whether the catalogue has the title, as announced or as published. */
  boolean listed;

  /** Whether the catalogue has it as published: its removal is the guard's to judge. */
  boolean inCatalogue;

  /** Whether its edition was told since the start. */
  boolean confirmed;

  /** Its bytes were found wrong: it is hashed again even if its stat is the same. */
  boolean distrusted;

  /** Its copy was seen to end: small changes of its inode after that need no long wait. */
  boolean ended;

  /** When the phase ends by itself; meaningful in WRITING, SETTLING and UNREADABLE. */
  long deadlineNanos;

  /** When it vanished; once withdrawn, when that was. */
  long missingSinceNanos;

  /** When it was last hashed because it was found wrong. */
  long rehashedNanos = Long.MIN_VALUE / 2;

  Tracked(Title title) {
    this.title = title;
  }
}
