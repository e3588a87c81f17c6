package org.p2pd.agent;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.p2pd.catalogue.Catalogue;
import org.p2pd.catalogue.Position;
import org.p2pd.catalogue.TitleChange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.spp.server.Editions;

/**
 * The editions that titles name now, those of which something is held, and those that titles named
 * lately: other nodes may still be sending these to viewers.
 */
final class NamedEditions implements Editions {

  private static final int MAX_FORMER = 10_000;

  private final Catalogue catalogue;
  private final Function<EditionId, Optional<Edition>> held;
  private final boolean formerAreKept;
  private final Cache<EditionId, Edition> former =
      Caffeine.newBuilder().maximumSize(MAX_FORMER).executor(Runnable::run).build();

  private NamedEditions(
      Catalogue catalogue, Function<EditionId, Optional<Edition>> held, boolean formerAreKept) {
    this.catalogue = catalogue;
    this.held = held;
    this.formerAreKept = formerAreKept;
    catalogue.onChange(this::remember);
  }

  /** Those of a server, whose files are only what they are now. */
  static NamedEditions ofServer(Catalogue catalogue) {
    return new NamedEditions(catalogue, id -> Optional.empty(), false);
  }

  /**
   * Those of a cache.
   *
   * @param held the edition with that id, if something of it is held: also after a restart, which
   *     forgets what titles named before
   */
  static NamedEditions ofCache(Catalogue catalogue, Function<EditionId, Optional<Edition>> held) {
    return new NamedEditions(catalogue, held, true);
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
    Optional<Edition> stored = held.apply(id);
    if (stored.isPresent()) {
      return new Found.Known(stored.get());
    }
    return catalogue.end().equals(Position.NONE) ? new Found.NotSynced() : new Found.Unknown();
  }
}
