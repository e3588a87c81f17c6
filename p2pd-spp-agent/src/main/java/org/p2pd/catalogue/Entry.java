package org.p2pd.catalogue;

import java.util.Optional;
import org.p2pd.model.Title;

/** One change of the catalogue. Its number is 0 until the authority has given it one. */
sealed interface Entry {

  long number();

  /** The same change under another number. */
  Entry numbered(long number);

  /** The title that changes; every entry but {@link ScanComplete} has one. */
  Optional<Title> title();

  record Published(long number, PublishedTitle published) implements Entry {
    @Override
    public Published numbered(long other) {
      return new Published(other, published);
    }

    @Override
    public Optional<Title> title() {
      return Optional.of(published.title());
    }
  }

  /** A tombstone. */
  record Removed(long number, Title removed) implements Entry {
    @Override
    public Removed numbered(long other) {
      return new Removed(other, removed);
    }

    @Override
    public Optional<Title> title() {
      return Optional.of(removed);
    }
  }

  /** Seen, not ready. */
  record Announced(long number, Title announced) implements Entry {
    @Override
    public Announced numbered(long other) {
      return new Announced(other, announced);
    }

    @Override
    public Optional<Title> title() {
      return Optional.of(announced);
    }
  }

  /** All that was there when the epoch began has been hashed: from now on absence counts. */
  record ScanComplete(long number) implements Entry {
    @Override
    public ScanComplete numbered(long other) {
      return new ScanComplete(other);
    }

    @Override
    public Optional<Title> title() {
      return Optional.empty();
    }
  }
}
