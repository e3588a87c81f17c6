package org.p2pd.store;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.ByteRange;
import org.p2pd.store.HashPages.PageAt;
import org.roaringbitmap.RoaringBitmap;

/**
 * What is known of one extent. All of it is guarded by the monitor of the edition that it belongs
 * to, but for the two final values. Block numbers are the edition's.
 *
 * <p>Its life is drawn in the package documentation: PLANNED is {@code !created}, FILLING is {@code
 * created && !sealed}.
 */
final class Extent {

  /**
   * Which bytes were trusted at one moment.
   *
   * @param until their end (exclusive)
   * @param epoch of the extent's trust, then
   */
  record Trusted(long until, long epoch) {}

  final ExtentShape shape;
  final ExtentFiles files;

  /** Blocks whose slot is set. */
  final RoaringBitmap held;

  /** Held blocks that were verified while the data file had {@link #stamp}. */
  final RoaringBitmap trusted;

  /** Moves whenever blocks cease to be trusted: what was read before may be other bytes. */
  private long trustEpoch;

  /** Blocks whose bytes are paid for: held ones, and those that may lie on disk unclaimed. */
  final RoaringBitmap paidBlocks;

  /** Hash pages of the sidecar that are paid for, by number in the file. */
  final RoaringBitmap paidPages = new RoaringBitmap();

  /** Of data file and sidecar. */
  long charge;

  boolean created;

  /** Making the files was begun, so there may be something to delete. */
  boolean begun;

  boolean sealed;

  /** The sidecar has a seal, though it may no longer hold. */
  boolean sealOnDisk;

  /** Rooms that are open. */
  int rooms;

  /** Rooms that are open and have written: while there are some, no stamp is compared. */
  int writers;

  /** Reads under way. */
  int readers;

  /** Moves with everything that a seal would have to cover. */
  long changes;

  /** The data file's, when the last writer left or trust was last begun anew. */
  @Nullable FileStamp stamp;

  /** A container may open the file by name until then. */
  long pinnedUntil;

  /** A container may have opened the file, ever. */
  boolean handedOut;

  /** When the last room was closed. */
  long quietSince;

  long usedMillis;

  Extent(ExtentShape shape, ExtentFiles files, RoaringBitmap held, long now, long clockMillis) {
    this.shape = shape;
    this.files = files;
    this.held = held;
    this.trusted = new RoaringBitmap();
    this.paidBlocks = held.clone();
    this.pinnedUntil = now;
    this.quietSince = now;
    this.usedMillis = clockMillis;
  }

  int blockOf(long position) {
    return shape.blockSize().blockAt(position);
  }

  /** The bytes of one block. */
  ByteRange rangeOf(int block) {
    return ByteRange.ofLength(shape.blockSize().start(block), shape.blockLength(block));
  }

  boolean holds(ByteRange range) {
    return all(held, range);
  }

  boolean trusts(ByteRange range) {
    return all(trusted, range);
  }

  private boolean all(RoaringBitmap blocks, ByteRange range) {
    return blocks.contains((long) blockOf(range.first()), blockOf(range.last()) + 1L);
  }

  /** The trusted bytes from {@code position} on; they end there if none are. */
  Trusted trustedFrom(long position) {
    return new Trusted(until(trusted, position), trustEpoch);
  }

  /** Whether all that was trusted then has been so ever since. */
  boolean trustsSince(Trusted then) {
    return then.epoch() == trustEpoch;
  }

  /** The end (exclusive) of the bytes from {@code position} on whose blocks are in the set. */
  long until(RoaringBitmap blocks, long position) {
    int block = blockOf(position);
    if (!blocks.contains(block)) {
      return position;
    }
    long absent = blocks.nextAbsentValue(block);
    long end = shape.blockSize().start((int) absent);
    return Math.min(end, shape.start() + shape.lengthBytes());
  }

  /** Where a page of tier 0 or 1 lies; one-block editions have none. */
  Optional<PageAt> pageAt(HashPlace place) {
    return files instanceof SparseFiles sparse
        ? Optional.of(new PageAt(sparse.sidecar(), shape.pageAt(place)))
        : Optional.empty();
  }

  long costOfPage(PageAt at) {
    return paidPages.contains(at.number()) ? 0 : Charges.PAGE;
  }

  void payForPage(PageAt at) {
    charge += costOfPage(at);
    paidPages.add(at.number());
  }

  long costOfBlock(int block) {
    if (paidBlocks.contains(block)) {
      return 0;
    }
    int length = shape.blockLength(block);
    return files instanceof OneBlockFile ? Charges.wholeFile(length) : Charges.bytes(length);
  }

  long heldBytes() {
    long bytes = (long) held.getCardinality() * shape.blockSize().bytes();
    int last = shape.firstBlock() + shape.blockCount() - 1;
    int missing = shape.blockSize().bytes() - shape.blockLength(last);
    return held.contains(last) ? bytes - missing : bytes;
  }

  /** Whether it can be unlinked now without anyone noticing. */
  boolean isEvictable(long now) {
    return created && rooms == 0 && readers == 0 && now - pinnedUntil >= 0;
  }

  /** Whether all that is known of it can be had from disk again, and nobody needs it. */
  boolean isAtRest(long now) {
    return isEvictable(now) && (sealed || files instanceof OneBlockFile);
  }

  /**
   * Compares the stamp, unless we are writing. If the file was changed by someone else, nothing in
   * it is trusted any more.
   *
   * @return whether trust goes on
   */
  boolean confirmTrust() throws IOException {
    if (writers > 0) {
      return true;
    }
    FileStamp current = FileStamp.of(files.data());
    if (current.equals(stamp)) {
      return true;
    }
    boolean believed = stamp != null && !trusted.isEmpty();
    distrust();
    stamp = current;
    sealed = false;
    changes++;
    return !believed;
  }

  /**
   * Nothing is trusted, and the file is opened anew: what has its name now may be another file, and
   * it is that one which a container opens by name, so it is that one which has to be verified.
   */
  void distrust() {
    trustNothing();
    files.reopen();
  }

  void trustNothing() {
    trusted.clear();
    trustEpoch++;
  }

  void distrust(int block) {
    trusted.remove(block);
    trustEpoch++;
  }

  /** The last writer has left: the file is from now on as we left it, if it is still the same. */
  void settle() throws IOException {
    FileStamp before = stamp;
    stamp = FileStamp.of(files.data());
    boolean ours = files instanceof OneBlockFile; // each write of it is a new file
    if (!ours && before != null && before.inode() != stamp.inode()) {
      distrust(); // what we wrote went to a file that has lost its name
    }
  }
}
