package org.p2pd.catalogue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * A title with its current edition.
 *
 * @param lastModified whole seconds; later for each edition of the title; {@code touch} does not
 *     move it. Left out of responses while it lies in the future.
 */
public record PublishedTitle(Title title, Edition edition, Instant lastModified) {

  public PublishedTitle {
    if (!lastModified.equals(lastModified.truncatedTo(ChronoUnit.SECONDS))) {
      throw new IllegalArgumentException("Last-Modified has whole seconds: " + lastModified);
    }
  }

  /** The date to show in {@code Last-Modified}, unless it lies in the future. */
  public Optional<Instant> shownLastModified(Instant now) {
    return lastModified.isAfter(now) ? Optional.empty() : Optional.of(lastModified);
  }
}
