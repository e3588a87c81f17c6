package org.p2pd.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.p2pd.catalogue.CatalogueFeed.Page;

/**
 * The batches of one epoch in one file: what a node keeps, starts from, and relays.
 *
 * <p>Appending is for one thread at a time, which the owner sees to; reading is for any.
 */
final class CatalogueLog implements AutoCloseable {

  private final LogFile file;
  private final LogIndex index;
  private final Allowance allowance;

  private CatalogueLog(LogFile file, LogIndex index, Allowance allowance) {
    this.file = file;
    this.index = index;
    this.allowance = allowance;
  }

  static CatalogueLog create(Path path, Allowance allowance) throws IOException {
    return new CatalogueLog(LogFile.create(path), new LogIndex(), allowance);
  }

  /** A log, and whether something was lost of it that had been whole. */
  record Loaded(CatalogueLog log, boolean damaged) {}

  /**
   * Reads a log and shows every entry that counts, in order: those of the checkpoint and of the
   * journal after it. Checksums are verified, signatures are not: they were when it was written.
   */
  static Loaded load(Path path, Allowance allowance, Consumer<Entry> entries) throws IOException {
    LogIndex index = new LogIndex();
    LogFile.Opened opened =
        LogFile.open(path, (bytes, offset) -> replay(index, bytes, offset, entries));
    index.dropUnconnected();
    boolean damaged = opened.tail() == LogFile.Tail.DAMAGED || index.isPartial();
    return new Loaded(new CatalogueLog(opened.file(), index, allowance), damaged);
  }

  private static boolean replay(
      LogIndex index, byte[] bytes, long offset, Consumer<Entry> entries) {
    try {
      Batch batch = Batch.parseStored(BatchHeader.parse(bytes, 0), bytes);
      if (!index.accepts(batch.header())) {
        return false;
      }
      if (index.isNews(batch.header())) {
        batch.entries().forEach(entries);
      }
      index(index, batch, offset);
      return true;
    } catch (CatalogueFormatException e) {
      return false; // reported as damage by the one who opens the log
    }
  }

  private static void index(LogIndex index, Batch batch, long offset) {
    List<Entry> entries = batch.entries();
    long first = entries.isEmpty() ? 0 : entries.get(0).number();
    long last = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).number();
    index.add(batch.header(), first, last, offset);
  }

  /**
   * Appends a batch that continues what is there. If that fails, nothing has changed.
   *
   * @param durably returns only when it would survive a power failure
   */
  void append(Batch batch, boolean durably) throws IOException {
    if (!index.accepts(batch.header())) {
      throw new IllegalStateException(batch.place() + " does not continue " + index.end());
    }
    long before = file.end();
    Allowance.Growth growth = growth(batch.bytes().length);
    try {
      long offset = file.append(batch.bytes());
      if (durably) {
        file.force();
      }
      index(index, batch, offset);
    } catch (IOException e) {
      file.cutTo(before);
      throw new IOException("append to " + file.path() + ": " + e.getMessage(), e);
    } finally {
      growth.close();
    }
  }

  private Allowance.Growth growth(int batchLength) throws IOException {
    long bytes = file.growthBytes(batchLength);
    return allowance
        .grow(bytes)
        .orElseThrow(
            () ->
                new IOException(
                    "append to " + file.path() + ": the limit (-C) leaves no " + bytes + " bytes"));
  }

  /** Copies another log's journal, from the batch with that number on. */
  void appendJournalOf(CatalogueLog other, long fromNumber) throws IOException {
    for (LogIndex.Segment segment : other.index.journalFrom(fromNumber)) {
      append(other.read(segment), false);
    }
  }

  Batch read(LogIndex.Segment segment) throws IOException {
    byte[] bytes = file.read(segment.offset(), segment.length());
    try {
      return Batch.parseStored(BatchHeader.parse(bytes, 0), bytes);
    } catch (CatalogueFormatException e) {
      throw new IOException(file.path() + " was changed at " + segment.offset(), e);
    }
  }

  /** The entries of all pages of the checkpoint. */
  List<Entry> checkpointEntries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (LogIndex.Segment page : index.pages()) {
      entries.addAll(read(page).entries());
    }
    return entries;
  }

  /** The batches that an asker needs: as many as fit, at least one if there is one. */
  Page since(Cursor after, int maxBytes) throws IOException {
    ByteArrayOutputStream batches = new ByteArrayOutputStream();
    Cursor next = after;
    for (Iterator<LogIndex.Segment> i = index.after(after); i.hasNext(); ) {
      LogIndex.Segment segment = i.next();
      if (batches.size() > 0 && batches.size() + segment.length() > maxBytes) {
        break;
      }
      batches.writeBytes(file.read(segment.offset(), segment.length()));
      next = segment.after();
    }
    return new Page(batches.toByteArray(), next);
  }

  Optional<SignedEntry> signedEntry(long number) throws IOException {
    Optional<LogIndex.Segment> segment = index.find(number);
    return segment.isEmpty() ? Optional.empty() : SignedEntry.of(read(segment.get()), number);
  }

  LogIndex index() {
    return index;
  }

  Position end() {
    return index.end();
  }

  LogFile file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
