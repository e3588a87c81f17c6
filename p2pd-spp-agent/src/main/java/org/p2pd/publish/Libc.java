package org.p2pd.publish;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * The few functions of the C library that Java does not offer: inotify(7), statfs(2), and open(2)
 * for a descriptor's number or without reading. Linux on 64 bits only; made once it is known to
 * work.
 */
final class Libc {

  static final int ENOSPC = 28;

  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EACCES = 13;
  private static final int ENOTDIR = 20;

  private static final int O_RDONLY = 0;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_PATH = 0x200000;
  private static final int STATFS_BYTES = 512;
  private static final short POLLIN = 1;
  private static final int POLLFD_BYTES = 8;

  /**
   * A negative result is thrown as the error number.
   *
   * <p>An interface, and not native methods that are registered: for those JNA's library opens a
   * file that it never closes, one more each time that a container deploys this application.
   */
  private interface Calls extends Library {
    Calls C = Native.load("c", Calls.class);

    int inotify_init1(int flags) throws LastErrorException;

    int inotify_add_watch(int fd, byte[] path, int mask) throws LastErrorException;

    int inotify_rm_watch(int fd, int watch) throws LastErrorException;

    int eventfd(int initial, int flags) throws LastErrorException;

    int poll(ByteBuffer fds, long count, int timeoutMillis) throws LastErrorException;

    long read(int fd, ByteBuffer to, long bytes) throws LastErrorException;

    long write(int fd, ByteBuffer from, long bytes) throws LastErrorException;

    int close(int fd) throws LastErrorException;

    int open(byte[] path, int flags) throws LastErrorException;

    int statfs(byte[] path, ByteBuffer to) throws LastErrorException;
  }

  private Libc() {}

  /**
   * The C library.
   *
   * @throws IOException where it cannot be used, with the reason
   */
  static Libc load() throws IOException {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    if (!linux || Native.POINTER_SIZE != Long.BYTES) {
      throw new IOException("only on 64-bit Linux");
    }
    try {
      Libc libc = new Libc();
      libc.close(libc.eventfd());
      return libc;
    } catch (LinkageError | LastErrorException e) {
      throw new IOException("the C library cannot be called: " + e, e);
    }
  }

  int inotify() throws IOException {
    try {
      return Calls.C.inotify_init1(O_CLOEXEC);
    } catch (LastErrorException e) {
      throw failure("inotify_init1", e);
    }
  }

  /** A descriptor that becomes readable when it is rung. */
  int eventfd() throws IOException {
    try {
      return Calls.C.eventfd(0, O_CLOEXEC);
    } catch (LastErrorException e) {
      throw failure("eventfd", e);
    }
  }

  void ring(int eventfd) throws IOException {
    ByteBuffer one = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    one.putLong(0, 1);
    try {
      Calls.C.write(eventfd, one, Long.BYTES);
    } catch (LastErrorException e) {
      throw failure("write to eventfd", e);
    }
  }

  int addWatch(int inotify, Path directory, int mask) throws IOException {
    try {
      return Calls.C.inotify_add_watch(inotify, terminated(directory), mask);
    } catch (LastErrorException e) {
      throw failure("inotify_add_watch " + directory, e);
    }
  }

  void removeWatch(int inotify, int watch) throws IOException {
    try {
      Calls.C.inotify_rm_watch(inotify, watch);
    } catch (LastErrorException e) {
      throw failure("inotify_rm_watch", e);
    }
  }

  /** Waits until the first descriptor or the second is readable; true if the first is. */
  boolean await(int first, int second, int timeoutMillis) throws IOException {
    ByteBuffer fds = ByteBuffer.allocateDirect(2 * POLLFD_BYTES).order(ByteOrder.nativeOrder());
    fds.putInt(0, first).putShort(4, POLLIN);
    fds.putInt(POLLFD_BYTES, second).putShort(POLLFD_BYTES + 4, POLLIN);
    try {
      Calls.C.poll(fds, 2, timeoutMillis);
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EINTR) {
        return false;
      }
      throw failure("poll", e);
    }
    return (fds.getShort(6) & POLLIN) != 0;
  }

  /** Reads into a direct buffer from its position on, which moves. */
  void read(int fd, ByteBuffer to) throws IOException {
    try {
      ByteBuffer rest = to.slice();
      to.position(to.position() + (int) Calls.C.read(fd, rest, rest.remaining()));
    } catch (LastErrorException e) {
      if (e.getErrorCode() == EINTR) {
        return;
      }
      throw failure("read", e);
    }
  }

  /** Opens a file for reading and gives the descriptor's number. */
  int open(Path file) throws IOException {
    try {
      return Calls.C.open(terminated(file), O_RDONLY | O_CLOEXEC);
    } catch (LastErrorException e) {
      throw failure("open " + file, e);
    }
  }

  /**
   * A descriptor of what a path leads to, which cannot be read: it only keeps hold of it, so that
   * it can be asked where and what it is. Opens no pipe and no device.
   */
  int locate(Path path) throws IOException {
    return locate(path, terminated(path));
  }

  /** The same of a directory; mounts it, if it is one that is mounted when it is used. */
  int locateDirectory(Path path) throws IOException {
    byte[] name = terminated(path);
    name[name.length - 1] = '/';
    try {
      return locate(path, Arrays.copyOf(name, name.length + 1));
    } catch (ErrnoException e) {
      throw e.errno() == ENOTDIR ? new NotDirectoryException(path.toString()) : e;
    }
  }

  private static int locate(Path path, byte[] name) throws IOException {
    try {
      return Calls.C.open(name, O_PATH | O_CLOEXEC);
    } catch (LastErrorException e) {
      throw switch (e.getErrorCode()) {
        case ENOENT -> new NoSuchFileException(path.toString());
        case EACCES -> new AccessDeniedException(path.toString());
        default -> failure("open " + path, e);
      };
    }
  }

  void close(int fd) throws IOException {
    try {
      Calls.C.close(fd);
    } catch (LastErrorException e) {
      throw failure("close", e);
    }
  }

  /** The {@code f_type} of the file system that a path lies on. */
  long fileSystemType(Path path) throws IOException {
    ByteBuffer result = ByteBuffer.allocateDirect(STATFS_BYTES).order(ByteOrder.nativeOrder());
    try {
      Calls.C.statfs(terminated(path), result);
    } catch (LastErrorException e) {
      throw failure("statfs " + path, e);
    }
    return result.getLong(0);
  }

  private static byte[] terminated(Path path) {
    byte[] bytes = PublicTree.bytes(path.toAbsolutePath());
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  private static ErrnoException failure(String what, LastErrorException e) {
    return new ErrnoException(what, e);
  }

  /** A call that failed, with its error number. */
  static final class ErrnoException extends IOException {
    private final int errno;

    ErrnoException(String what, LastErrorException cause) {
      super(what + ": " + cause.getMessage(), cause);
      this.errno = cause.getErrorCode();
    }

    int errno() {
      return errno;
    }
  }
}
