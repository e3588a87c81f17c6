package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * One process at a time uses a directory. The kernel gives the lock back when the process dies.
 *
 * <p>A POSIX lock is lost when <em>any</em> descriptor of the file is closed by the process that
 * has it. So a second store of the same Java process must not even open the file: it is stopped
 * before by a system property, which all class loaders of the process share.
 */
final class DirectoryLock implements AutoCloseable {

  private static final String PROPERTY = "org.p2pd.store.lock.";
  private static final int MOST_PID_DIGITS = 20;

  private final String property;
  private final FileChannel channel;
  private final FileLock lock;

  private DirectoryLock(String property, FileChannel channel, FileLock lock) {
    this.property = property;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Takes the lock.
   *
   * @throws StoreException if a process has it: the message names it
   */
  static DirectoryLock take(Path file) throws IOException {
    String property = PROPERTY + file;
    String pid = Long.toString(ProcessHandle.current().pid());
    if (System.getProperties().putIfAbsent(property, pid) != null) {
      throw inUse(file, pid);
    }
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw inUse(file, read(channel));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
      return new DirectoryLock(property, channel, lock);
    } catch (IOException | RuntimeException e) {
      System.getProperties().remove(property);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // this process has it, by other means than this class
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer text = ByteBuffer.allocate(MOST_PID_DIGITS);
    channel.read(text, 0);
    return new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII);
  }

  private static StoreException inUse(Path file, String pid) {
    return new StoreException(
        "the cache directory "
            + file.getParent()
            + " is in use by process "
            + pid
            + ": stop that one, or give this one a directory of its own with -c");
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      lock.release();
    } finally {
      System.getProperties().remove(property);
    }
  }
}
