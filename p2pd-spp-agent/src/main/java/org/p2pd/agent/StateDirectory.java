package org.p2pd.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * The directory in which one node keeps its key, catalogue and remembered things, locked for this
 * process.
 *
 * <p>It holds {@code p2pd-state} (the format's version), {@code lock} (with the owner's process
 * id), {@code node.key}, {@code secret} (one that was handed), {@code catalogue/}, on a server
 * {@code publish/}, on a cache {@code authority} (the believed key). Commands leave {@code trust}
 * and {@code accept-removals} here; the HTTP side keeps its own files beside them. Only its owner
 * may read it.
 */
final class StateDirectory implements AutoCloseable {

  private static final String FORMAT = "p2pd-state 1\n";

  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private StateDirectory(Path directory, FileChannel channel, FileLock lock) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /** Makes the directory if it is missing, checks its version, and locks it. */
  static StateDirectory open(Path directory) throws StartException {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException e) {
      throw new StartException(
          "cannot make the state directory "
              + directory
              + ": "
              + e
              + "; make it for this user, or name another with --state DIR",
          e);
    }
    try {
      return lock(directory);
    } catch (IOException e) {
      throw new StartException(
          "cannot use the state directory "
              + directory
              + ": "
              + e
              + "; make it writable for this user, or name another with --state DIR",
          e);
    }
  }

  private static StateDirectory lock(Path directory) throws IOException, StartException {
    Path lockFile = directory.resolve("lock");
    FileChannel channel =
        FileChannel.open(
            lockFile, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new StartException(
            "the state directory "
                + directory
                + " is in use by "
                + owner(channel)
                + "; stop it, or name another directory with --state DIR");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)),
          0);
      checkFormat(directory);
      return new StateDirectory(directory, channel, lock);
    } catch (IOException | StartException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // held by another node of this process
    }
  }

  private static String owner(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII);
    return text.isEmpty() ? "another process" : "process " + text;
  }

  private static void checkFormat(Path directory) throws IOException, StartException {
    Path format = directory.resolve("p2pd-state");
    if (!Files.exists(format)) {
      Files.writeString(format, FORMAT, StandardCharsets.US_ASCII);
      return;
    }
    String found = Files.readString(format, StandardCharsets.US_ASCII);
    if (!found.equals(FORMAT)) {
      throw new StartException(
          format
              + " says "
              + found.strip()
              + ", which this version cannot read; start the newer p2pd that wrote it, or name"
              + " another directory with --state DIR");
    }
  }

  Path resolve(String name) {
    return directory.resolve(name);
  }

  /** A directory inside this one, made if missing. */
  Path subdirectory(String name) throws StartException {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new StartException("cannot make " + directory.resolve(name) + ": " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("release " + directory, e);
    }
  }
}
