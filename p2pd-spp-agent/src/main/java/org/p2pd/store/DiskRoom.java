package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;

/**
 * Room for one span in one extent. Its own monitor makes puts follow each other and close wait for
 * the last; the extent cannot be evicted while it is open.
 */
final class DiskRoom implements BlockStore.Room {

  private final StoreParts parts;
  private final Editions editions;
  private final ExtentLife life;
  private final ExtentTrust trust;
  private final StoredEdition stored;
  private final Extent extent;
  private final Span span;

  /** Of the blocks, not yet used. */
  @GuardedBy("this")
  private long reserved;

  @GuardedBy("this")
  private boolean writing;

  @GuardedBy("this")
  private boolean closed;

  DiskRoom(
      StoreParts parts,
      Editions editions,
      StoredEdition stored,
      Extent extent,
      Span span,
      long reserved) {
    this.parts = parts;
    this.editions = editions;
    this.life = new ExtentLife(parts);
    this.trust = new ExtentTrust(parts);
    this.stored = stored;
    this.extent = extent;
    this.span = span;
    this.reserved = reserved;
  }

  @Override
  public Span span() {
    return span;
  }

  @Override
  public boolean put(int block, ByteBuffer data, Hash hash) {
    try {
      return putNow(block, data, hash);
    } finally {
      parts.news().tell();
    }
  }

  private synchronized boolean putNow(int block, ByteBuffer data, Hash hash) {
    if (block < span.firstBlock()
        || block > span.lastBlock()
        || data.remaining() != extent.shape.blockLength(block)) {
      throw new IllegalArgumentException(
          data.remaining() + " bytes as block " + block + " of " + span);
    }
    if (closed) {
      return false;
    }
    if (stored.isHeld(extent, block)) {
      return true;
    }
    try {
      if (!begin()) {
        return false;
      }
      extent.files.write(block, data.duplicate(), hash);
      written(block, true);
      return true;
    } catch (IOException e) {
      written(block, false);
      if (e instanceof NoSuchFileException) {
        life.lost(stored, extent);
      } else {
        parts.writeFailures().report(extent.files.data(), e);
      }
      return false;
    }
  }

  /** Before the first write: makes the files, looks whether they are as we left them, unseals. */
  @GuardedBy("this")
  private boolean begin() throws IOException {
    if (writing) {
      return true;
    }
    synchronized (stored) {
      if (!life.create(stored, extent)) {
        return false;
      }
      trust.unseal(stored, extent);
      if (!extent.created) {
        return false; // its files were found to be gone
      }
      extent.writers++;
      writing = true;
      return true;
    }
  }

  /** The bytes are on disk, or a part of them may be: either way they are paid for. */
  @GuardedBy("this")
  private void written(int block, boolean whole) {
    synchronized (stored) {
      long cost = Math.min(extent.costOfBlock(block), reserved);
      extent.paidBlocks.add(block);
      extent.charge += cost;
      extent.changes++;
      reserved -= cost;
      parts.ledger().use(cost);
      if (whole && extent.held.checkedAdd(block)) {
        extent.trusted.add(block);
        extent.usedMillis = parts.clockMillis();
        stored.gained(extent, block);
      }
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    synchronized (stored) {
      parts.ledger().giveBack(reserved);
      reserved = 0;
      extent.rooms--;
      if (writing) {
        extent.writers--;
        trust.settle(stored, extent);
      }
      if (extent.rooms == 0 && !extent.created) {
        life.discard(stored, extent);
      }
      if (stored.discardIfUnused()) {
        editions.forget(stored);
      }
    }
  }
}
