package org.p2pd.catalogue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an authority's {@link Journal} and a {@link Replica} have in common: a table of titles, the
 * log it was made from, and those who wait for news.
 *
 * <p>One lock, {@link #lock}, is held by whoever changes something; those who read never take it.
 */
abstract sealed class StoredCatalogue implements Catalogue, AutoCloseable permits Journal, Replica {

  private static final Logger LOG = LoggerFactory.getLogger(StoredCatalogue.class);

  /** So many numbers before a checkpoint stay in the journal, for those a little behind. */
  static final long KEPT_BEFORE_CHECKPOINT = 4_096;

  final Object lock = new Object();
  final LogDirectory directory;
  final TitleTable titles = new TitleTable();

  private final Waiters waiters = new Waiters();
  private final List<Consumer<List<TitleChange>>> listeners = new CopyOnWriteArrayList<>();

  /** What is relayed; changed under the lock. */
  private volatile @Nullable CatalogueLog log;

  private volatile @Nullable PublicKey authority;

  StoredCatalogue(LogDirectory directory) {
    this.directory = directory;
  }

  /** The log, if there is one; under the lock, or for a look that may be outdated. */
  final Optional<CatalogueLog> log() {
    return Optional.ofNullable(log);
  }

  /** Makes that the log, closing the one before. The directory is the caller's business. */
  final void switchTo(@Nullable CatalogueLog next, @Nullable PublicKey signer) {
    CatalogueLog before = log;
    log = next;
    authority = signer;
    close(before);
  }

  /** Closes a log that nothing is written to any more. */
  final void close(@Nullable CatalogueLog old) {
    if (old == null) {
      return;
    }
    try {
      old.close();
    } catch (IOException e) {
      // What was appended is in the file already; nothing depends on the close.
      LOG.debug("closing {}: {}", old.file().path(), e.toString());
    }
  }

  /** Applies entries that the log has, and tells everyone. */
  final void applyLocked(List<Entry> entries) {
    List<TitleChange> changes = new ArrayList<>();
    entries.forEach(entry -> titles.apply(entry, changes));
    tellLocked(changes);
  }

  final void tellLocked(List<TitleChange> changes) {
    if (!changes.isEmpty()) {
      List<TitleChange> told = List.copyOf(changes);
      listeners.forEach(listener -> listener.accept(told));
    }
    waiters.wake(this::hasNews);
  }

  private boolean hasNews(Cursor after) {
    CatalogueLog current = log;
    return current != null && current.index().after(after).hasNext();
  }

  @Override
  public final Page since(Cursor after, int maxBytes) {
    while (true) {
      CatalogueLog current = log;
      if (current == null) {
        return new Page(new byte[0], after);
      }
      try {
        return current.since(after, maxBytes);
      } catch (FileNotFoundException e) {
        if (current == log) {
          throw new UncheckedIOException("the catalogue's file is gone: " + directory, e);
        }
        // A later generation took its place in the meantime: that one is read.
      } catch (IOException e) {
        throw new UncheckedIOException("read the catalogue in " + directory, e);
      }
    }
  }

  @Override
  public final CompletableFuture<Void> changedAfter(Cursor after) {
    return waiters.await(after, this::hasNews);
  }

  @Override
  public final Position end() {
    CatalogueLog current = log;
    return current == null ? Position.NONE : current.end();
  }

  @Override
  public final Optional<PublicKey> authority() {
    return Optional.ofNullable(authority);
  }

  @Override
  public final Lookup lookup(Title title) {
    Entry entry = titles.find(title).orElse(null);
    if (entry instanceof Entry.Published p) {
      return new Lookup.Published(p.published());
    }
    if (entry != null) {
      return new Lookup.NotReady(percentHashed(title));
    }
    return absenceCounts() ? new Lookup.Unknown() : new Lookup.NotSynced();
  }

  /** How much of an announced title is hashed, where that is known. */
  abstract OptionalInt percentHashed(Title title);

  /** Whether a title of which nothing is known does not exist. */
  abstract boolean absenceCounts();

  @Override
  public final int publishedCount() {
    return titles.publishedCount();
  }

  @Override
  public final List<PublishedTitle> published(String after, int max) {
    return titles.published(after, max);
  }

  @Override
  public final List<PublishedTitle> published() {
    return titles.published();
  }

  @Override
  public final Optional<Edition> edition(EditionId id) {
    return titles.edition(id);
  }

  @Override
  public final Optional<SignedEntry> signedEntry(Title title) {
    CatalogueLog current = log;
    Optional<Entry> entry = titles.inThisEpoch(title);
    if (current == null || !(entry.orElse(null) instanceof Entry.Published published)) {
      return Optional.empty();
    }
    try {
      return current
          .signedEntry(published.number())
          .filter(signed -> signed.published().equals(Optional.of(published.published())));
    } catch (IOException e) {
      // The edition is as good without: it only describes itself less well.
      LOG.warn("the signed entry of {} cannot be read: {}", title, e.toString());
      return Optional.empty();
    }
  }

  @Override
  public final void onChange(Consumer<List<TitleChange>> listener) {
    listeners.add(listener);
  }

  /** Ends the waiting of everyone and closes the files. */
  @Override
  public void close() {
    waiters.close();
    synchronized (lock) {
      close(log);
    }
  }
}
