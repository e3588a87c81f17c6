package org.p2pd.catalogue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A file to which batches are appended, each with its length and checksum: {@code u32 length, u32
 * CRC-32C, bytes}, behind 16 bytes that name format and version.
 *
 * <p>One writer at a time, which its owner sees to; readers open the file for themselves, so that
 * an interrupted reader closes it for no one else. What was not written whole is dropped when the
 * file is opened.
 */
final class LogFile implements AutoCloseable {

  private static final byte[] MAGIC = "p2pd-cat-log".getBytes(US_ASCII);
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 16;
  private static final int RECORD_HEADER_BYTES = 8;
  private static final long DISK_UNIT_BYTES = 4096;

  /** What was found behind the last whole record. */
  enum Tail {
    NONE,
    /** A record that a killed process did not finish. */
    TORN,
    /** Something that was whole once and is no more. */
    DAMAGED
  }

  /** Is shown every whole record, in order. */
  interface Visitor {
    /** False if the record makes no sense here: it and all behind it is dropped as damaged. */
    boolean visit(byte[] batch, long offset);
  }

  private final RandomAccessFile file;
  private volatile Path path;
  private long end;

  private LogFile(Path path, RandomAccessFile file) {
    this.path = path;
    this.file = file;
  }

  /** A new file, replacing one of that name. */
  static LogFile create(Path path) throws IOException {
    LogFile log = new LogFile(path, new RandomAccessFile(path.toFile(), "rw"));
    try {
      log.begin();
      return log;
    } catch (IOException e) {
      log.file.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    file.setLength(0);
    file.seek(0);
    file.write(ByteBuffer.allocate(HEADER_BYTES).put(MAGIC).putInt(VERSION).array());
    end = HEADER_BYTES;
  }

  /** A file with what it was found to hold. */
  record Opened(LogFile file, Tail tail) {}

  /**
   * Opens an existing file, shows its records, and cuts off what follows the last good one.
   *
   * @throws IOException also if another version of p2pd wrote the file
   */
  static Opened open(Path path, Visitor visitor) throws IOException {
    LogFile log = new LogFile(path, new RandomAccessFile(path.toFile(), "rw"));
    try {
      return new Opened(log, log.scan(visitor));
    } catch (IOException e) {
      log.file.close();
      throw e;
    }
  }

  private Tail scan(Visitor visitor) throws IOException {
    long size = file.length();
    if (size < HEADER_BYTES) {
      begin();
      return size == 0 ? Tail.NONE : Tail.TORN;
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(path), 1 << 18))) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      if (!Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
        begin();
        return Tail.DAMAGED;
      }
      int version = ByteBuffer.wrap(header, MAGIC.length, Integer.BYTES).getInt();
      if (version != VERSION) {
        throw new IOException(
            path
                + " has format version "
                + version
                + ", this p2pd writes "
                + VERSION
                + ": start the p2pd that wrote it, or move the file away to fetch the catalogue anew");
      }
      end = HEADER_BYTES;
      Tail tail = visitRecords(in, size, visitor);
      if (tail != Tail.NONE) {
        file.setLength(end);
      }
      return tail;
    }
  }

  private Tail visitRecords(DataInputStream in, long size, Visitor visitor) throws IOException {
    while (end < size) {
      if (size - end < RECORD_HEADER_BYTES) {
        return Tail.TORN;
      }
      int length = in.readInt();
      int checksum = in.readInt();
      if (length == 0 && checksum == 0) {
        return Tail.TORN; // grown, but its bytes never reached the disk
      }
      if (length < BatchHeader.BYTES || length > BatchHeader.MAX_BATCH_BYTES) {
        return Tail.DAMAGED;
      }
      long next = end + RECORD_HEADER_BYTES + length;
      if (next > size) {
        return Tail.TORN;
      }
      byte[] batch = in.readNBytes(length);
      if (batch.length != length || checksum(batch) != checksum) {
        return next == size ? Tail.TORN : Tail.DAMAGED;
      }
      if (!visitor.visit(batch, end + RECORD_HEADER_BYTES)) {
        return Tail.DAMAGED;
      }
      end = next;
    }
    return Tail.NONE;
  }

  /**
   * Appends a batch. If that fails the file is as it was: the next append overwrites what came of
   * it.
   *
   * @return the offset at which the batch's bytes begin
   */
  long append(byte[] batch) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(RECORD_HEADER_BYTES + batch.length);
    to.putInt(batch.length).putInt(checksum(batch)).put(batch);
    file.seek(end);
    file.write(to.array());
    long offset = end + RECORD_HEADER_BYTES;
    end += to.capacity();
    return offset;
  }

  /** How much more an append of a batch of that length takes on disk. */
  long growthBytes(int batchLength) {
    return onDisk(end + RECORD_HEADER_BYTES + batchLength) - onDisk(end);
  }

  private static long onDisk(long length) {
    return (length + DISK_UNIT_BYTES - 1) / DISK_UNIT_BYTES * DISK_UNIT_BYTES;
  }

  /** The length up to which the file is good, to go back to with {@link #cutTo}. */
  long end() {
    return end;
  }

  /** Forgets what was appended behind that length. */
  void cutTo(long length) {
    end = length;
  }

  /** Returns when all that was appended would survive a power failure. */
  void force() throws IOException {
    file.getFD().sync();
  }

  /** Reads bytes of one batch. Any thread; not interruptible. */
  byte[] read(long offset, int length) throws IOException {
    try (RandomAccessFile reader = new RandomAccessFile(path.toFile(), "r")) {
      byte[] bytes = new byte[length];
      reader.seek(offset);
      reader.readFully(bytes);
      return bytes;
    }
  }

  Path path() {
    return path;
  }

  /** Gives the file its name in one step. */
  void rename(Path to) throws IOException {
    Files.move(path, to, StandardCopyOption.ATOMIC_MOVE);
    path = to;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length);
    return (int) crc.getValue();
  }
}
