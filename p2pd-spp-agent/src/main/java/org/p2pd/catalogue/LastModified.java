package org.p2pd.catalogue;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Edition;

/** When an edition of a title counts as modified: later for each edition of the title. */
final class LastModified {

  private LastModified() {}

  /**
   * The date, in whole seconds from 1970 to 9999.
   *
   * @param last what the title was last, if it was something
   */
  static Instant of(Edition edition, Instant fileDate, @Nullable PublishedTitle last) {
    long date = Math.max(0, Math.min(fileDate.getEpochSecond(), EntryCodec.MAX_SECONDS));
    if (last == null) {
      return Instant.ofEpochSecond(date);
    }
    if (last.edition().equals(edition)) {
      return last.lastModified();
    }
    long later = Math.max(date, last.lastModified().getEpochSecond() + 1);
    return Instant.ofEpochSecond(Math.min(later, EntryCodec.MAX_SECONDS));
  }
}
