package org.p2pd.agent;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;
import org.p2pd.catalogue.Catalogue;
import org.p2pd.catalogue.Position;
import org.p2pd.catalogue.TitleChange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.spp.server.Editions;

/**
 * The editions that titles name now, and those that they named lately: other nodes may still be
 * sending these to viewers.
 */
final class NamedEditions implements Editions {

  private static final int MAX_FORMER = 10_000;

  private final Catalogue catalogue;
  private final boolean formerAreKept;
  private final Cache<EditionId, Edition> former =
      Caffeine.newBuilder().maximumSize(MAX_FORMER).executor(Runnable::run).build();

  /**
   * @param formerAreKept whether bytes of former editions may still be here: on a cache, not on a
   *     server, whose files are only what they are now
   */
  NamedEditions(Catalogue catalogue, boolean formerAreKept) {
    this.catalogue = catalogue;
    this.formerAreKept = formerAreKept;
    catalogue.onChange(this::remember);
  }

  private void remember(List<TitleChange> changes) {
    for (TitleChange change : changes) {
      change.before().ifPresent(edition -> former.put(edition.id(), edition));
    }
  }

  @Override
  public Found find(EditionId id) {
    Optional<Edition> named = catalogue.edition(id);
    if (named.isPresent()) {
      return new Found.Known(named.get());
    }
    Edition before = former.getIfPresent(id);
    if (before != null) {
      return formerAreKept ? new Found.Known(before) : new Found.Gone();
    }
    return catalogue.end().equals(Position.NONE) ? new Found.NotSynced() : new Found.Unknown();
  }
}
