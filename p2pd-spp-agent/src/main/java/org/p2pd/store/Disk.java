package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/**
 * Every change that the store makes on disk: one place to see them, and to let them fail in tests.
 */
final class Disk {

  /** Hears of each change before it is made and of each read after it, and may make it fail. */
  interface Faults {
    Faults NONE = new Faults() {};

    /** A write of what remains in {@code data}; may write a part of it before it fails. */
    default void write(Path file, FileChannel channel, ByteBuffer data, long position)
        throws IOException {}

    /** A creation, deletion or renaming. */
    default void change(Path file) throws IOException {}

    /** A read that is done: what it brought is not judged yet. */
    default void read(Path file) throws IOException {}
  }

  private final Faults faults;

  Disk(Faults faults) {
    this.faults = faults;
  }

  /** Writes what remains in the buffer, whose position moves to its limit. */
  void write(Path file, FileChannel channel, ByteBuffer data, long position) throws IOException {
    faults.write(file, channel, data, position);
    long at = position;
    while (data.hasRemaining()) {
      at += channel.write(data, at);
    }
  }

  /** A read is no change, but tests want to come between it and what is made of it. */
  void hasRead(Path file) throws IOException {
    faults.read(file);
  }

  /** Makes a sparse file of that length that does not exist yet, with something at its start. */
  void createSparse(Path file, byte[] start, long lengthBytes) throws IOException {
    faults.change(file);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      if (start.length < lengthBytes) {
        write(file, channel, ByteBuffer.allocate(1), lengthBytes - 1);
      }
      if (start.length > 0) {
        write(file, channel, ByteBuffer.wrap(start), 0);
      }
    }
  }

  /** Puts a whole file under its final name: it is there entirely or not at all. */
  void replace(Path file, ByteBuffer content, boolean force) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + StorePaths.TEMPORARY);
    faults.change(temporary);
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      write(temporary, channel, content, 0);
      if (force) {
        channel.force(true);
      }
    }
    faults.change(file);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  void createDirectory(Path directory) throws IOException {
    faults.change(directory);
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  void touch(Path file, Instant when) throws IOException {
    faults.change(file);
    Files.setLastModifiedTime(file, FileTime.from(when));
  }

  /** Makes an empty file, if there is none. */
  void mark(Path file) throws IOException {
    faults.change(file);
    FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE).close();
  }

  /** Deletes a file or an empty directory, if there is one. */
  void delete(Path file) throws IOException {
    faults.change(file);
    Files.deleteIfExists(file);
  }
}
