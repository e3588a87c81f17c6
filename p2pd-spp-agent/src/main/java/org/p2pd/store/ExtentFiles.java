package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.p2pd.model.Hash;
import org.p2pd.store.Records.Seal;
import org.roaringbitmap.RoaringBitmap;

/**
 * The files of one extent: what lies in them and how it is changed. Keeps no state; the callers see
 * to it that no two of them change the same place at once.
 */
abstract sealed class ExtentFiles permits SparseFiles, OneBlockFile {

  final StoreParts parts;

  ExtentFiles(StoreParts parts) {
    this.parts = parts;
  }

  /** The file that the bytes lie in. */
  abstract Path data();

  /** Whether they have their names. */
  abstract boolean exist();

  /** Makes the files. */
  abstract void create() throws IOException;

  /** Writes a block, then its slot. */
  abstract void write(int block, ByteBuffer data, Hash hash) throws IOException;

  /** What the slot of a held block says. */
  abstract Hash slot(int block) throws IOException;

  abstract void setSlot(int block, Hash hash) throws IOException;

  /** The block is not held any more. */
  abstract void drop(int block) throws IOException;

  abstract Optional<Seal> readSeal() throws IOException;

  abstract void writeSeal(Seal seal) throws IOException;

  /** Takes the seal away, before anything is changed. */
  abstract void removeSeal() throws IOException;

  /** All slots as they are on disk. */
  abstract Slots readSlots() throws IOException;

  /** Forces data and sidecar to disk. */
  abstract void force() throws IOException;

  /** Deletes the files, the claim before the bytes. */
  abstract void delete() throws IOException;

  /** Which slots are set, and the digest over header and slots. */
  record Slots(RoaringBitmap held, Hash digest) {}

  /** Whatever has the data file's name now is what is read and written from here on. */
  final void reopen() {
    parts.files().forget(data());
  }

  /** Fills what remains of the buffer from the data file; false if the file is too short. */
  final boolean read(ByteBuffer to, long at) throws IOException {
    return readFully(data(), to, at);
  }

  final boolean readFully(Path file, ByteBuffer to, long at) throws IOException {
    try (OpenFiles.Loan loan = parts.files().lend(file)) {
      long position = at;
      while (to.hasRemaining()) {
        int n = loan.channel().read(to, position);
        if (n < 0) {
          return false;
        }
        position += n;
      }
      parts.disk().hasRead(file);
      return true;
    }
  }

  final void write(Path file, ByteBuffer data, long at) throws IOException {
    try (OpenFiles.Loan loan = parts.files().lend(file)) {
      parts.disk().write(file, loan.channel(), data, at);
    }
  }

  final void force(Path file) throws IOException {
    try (OpenFiles.Loan loan = parts.files().lend(file)) {
      loan.channel().force(true);
    }
  }

  final void delete(Path file) throws IOException {
    parts.files().forget(file);
    parts.disk().delete(file);
  }
}
