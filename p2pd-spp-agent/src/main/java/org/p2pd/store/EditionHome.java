package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.store.Records.EditionRecord;
import org.roaringbitmap.RoaringBitmap;

/**
 * What an edition has on disk beside its extents: directory, record, tree, marks; and what that
 * takes. Guarded by the monitor of its {@link StoredEdition}.
 */
final class EditionHome {

  /** Record, tree, mark, and a temporary name. */
  static final int OWN_ENTRIES = 4;

  private final StoreParts parts;
  private final EditionId id;

  /** One plain file instead of a directory. */
  private boolean oneBlock;

  private long charge;

  /** Its place in the fan-out and its own files are paid for. */
  private boolean paid;

  /** There may be something to delete. */
  private boolean begun;

  private boolean created;
  private boolean treePaid;
  private boolean treeCreated;

  /** Names in the directory that were paid for and are free again: directories do not shrink. */
  private int freeEntries;

  private long recordCharge;
  private final RoaringBitmap paidTreePages = new RoaringBitmap();

  EditionHome(StoreParts parts, EditionId id) {
    this.parts = parts;
    this.id = id;
  }

  /** Takes over what was found. */
  void found(Edition edition, Summary summary, HashPages pages) throws IOException {
    oneBlock = summary.oneBlock();
    charge = summary.ownCharge();
    paid = summary.exists();
    begun = paid;
    created = paid;
    recordCharge = new EditionSurvey(parts, id).recordCharge(oneBlock);
    long treeBytes = oneBlock ? 0 : HashPlace.treeFileBytes(edition.lengthBytes());
    treeCreated = paid && (treeBytes == 0 || Files.exists(parts.paths().tree(id)));
    treePaid = treeCreated;
    for (long at = 0; treeCreated && at < treeBytes; at += HashPage.BYTES) {
      PageAt page = new PageAt(parts.paths().tree(id), at);
      if (pages.exists(page)) {
        paidTreePages.add(page.number());
      }
    }
  }

  /** What was found cannot be used: it is to be deleted, and stays charged until then. */
  void unreadable(Summary summary) {
    oneBlock = summary.oneBlock();
    charge = summary.charge();
    paid = true;
    begun = true;
  }

  boolean isOneBlock() {
    return oneBlock;
  }

  boolean isPaid() {
    return paid;
  }

  boolean isBegun() {
    return begun;
  }

  long charge() {
    return charge;
  }

  /** What is still to be paid for an edition that gets an extent. */
  long costOfBeing(Edition edition, boolean asOneBlock) {
    if (asOneBlock) {
      return 0;
    }
    long own =
        paid
            ? 0
            : Charges.DIRECTORY
                + OWN_ENTRIES * Charges.ENTRY
                + Charges.wholeFile(EditionRecord.FIXED_BYTES);
    long treeBytes = HashPlace.treeFileBytes(edition.lengthBytes());
    return own + (treePaid ? 0 : Charges.tree(treeBytes));
  }

  /** The same was reserved and counts as used. */
  void payForBeing(Edition edition, boolean asOneBlock) {
    charge += costOfBeing(edition, asOneBlock);
    oneBlock = asOneBlock;
    paid = true;
    treePaid = !asOneBlock;
  }

  long costOfEntries(int names) {
    return Math.max(0, names - freeEntries) * Charges.ENTRY;
  }

  void payForEntries(int names) {
    charge += costOfEntries(names);
    freeEntries = Math.max(0, freeEntries - names);
  }

  void freeEntries(int names) {
    freeEntries += names;
  }

  long costOfPage(PageAt at) {
    return paidTreePages.contains(at.number()) ? 0 : Charges.PAGE;
  }

  void payForPage(PageAt at) {
    charge += costOfPage(at);
    paidTreePages.add(at.number());
  }

  boolean isPaid(PageAt at) {
    return paidTreePages.contains(at.number());
  }

  boolean hasTree() {
    return treeCreated;
  }

  /** Someone deleted files of ours: what is missing will be made again. */
  void lookAgain() {
    created = created && (oneBlock || Files.exists(parts.paths().record(id, false)));
    treeCreated = created && treeCreated && Files.exists(parts.paths().tree(id));
  }

  /** Makes directory, record and tree, as far as they are missing. */
  void create(Edition edition) throws IOException {
    if (created && treeCreated) {
      return;
    }
    begun = true;
    Path fanOut = parts.paths().fanOut(StorePaths.fanOut(id));
    if (!created) {
      parts.disk().createDirectory(fanOut);
    }
    if (oneBlock) {
      created = true;
      treeCreated = true;
      return;
    }
    if (!created) {
      parts.disk().createDirectory(parts.paths().directory(id));
      EditionRecord record = new EditionRecord(edition, ByteBuffer.allocate(0));
      parts.disk().replace(parts.paths().record(id, false), record.encode(), false);
      recordCharge = Charges.wholeFile(EditionRecord.FIXED_BYTES);
      created = true;
    }
    long treeBytes = HashPlace.treeFileBytes(edition.lengthBytes());
    if (!treeCreated && treeBytes > 0) {
      parts.disk().delete(parts.paths().tree(id));
      parts.disk().createSparse(parts.paths().tree(id), new byte[0], treeBytes);
    }
    treeCreated = true;
  }

  /** Writes the record anew, if there is room for both the old and the new one. */
  void describe(EditionRecord record) throws IOException {
    Path file = parts.paths().record(id, oneBlock);
    ByteBuffer content = record.encode();
    if (!created
        || (Files.exists(file) && ByteBuffer.wrap(Files.readAllBytes(file)).equals(content))) {
      return;
    }
    long cost = Charges.wholeFile(content.remaining());
    if (!parts.ledger().reserve(cost)) {
      return; // the directory then explains itself less; nothing depends on it
    }
    parts.ledger().use(cost);
    charge += cost;
    parts.disk().replace(file, content, false);
    charge -= recordCharge;
    parts.ledger().free(recordCharge);
    recordCharge = cost;
  }

  /** Remembers whether a title names the edition. */
  void mark(boolean named) throws IOException {
    if (!created) {
      return;
    }
    if (named) {
      parts.disk().delete(parts.paths().unnamed(id, oneBlock));
    } else {
      parts.disk().mark(parts.paths().unnamed(id, oneBlock));
    }
  }

  /** Remembers when the edition was wanted; one-block editions are as old as their file. */
  void recordWanted(Instant when) throws IOException {
    Path record = parts.paths().record(id, false);
    if (created && !oneBlock && Files.exists(record)) {
      parts.disk().touch(record, when);
    }
  }

  /** Deletes all of it. The extents are gone before. */
  void delete() throws IOException {
    if (!begun) {
      return;
    }
    new EditionSurvey(parts, id).removeAll();
  }
}
