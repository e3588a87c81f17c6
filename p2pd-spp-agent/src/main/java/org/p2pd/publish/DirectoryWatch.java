package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches directories with inotify(7) and tells what happens in them.
 *
 * <p>Directories are added by {@link #watch}, called for each before it is listed; one thread reads
 * the events. A watch belongs to an inode, so a directory that links lead to has several paths.
 */
final class DirectoryWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DirectoryWatch.class);

  private static final int MODIFY = 0x2;
  private static final int ATTRIBUTES = 0x4;
  private static final int CLOSE_WRITE = 0x8;
  private static final int MOVED_FROM = 0x40;
  private static final int MOVED_TO = 0x80;
  private static final int CREATE = 0x100;
  private static final int DELETE = 0x200;
  private static final int UNMOUNT = 0x2000;
  private static final int OVERFLOW = 0x4000;
  private static final int IGNORED = 0x8000;
  private static final int ONLY_DIRECTORIES = 0x1000000;
  private static final int IS_DIRECTORY = 0x40000000;
  private static final int MASK =
      MODIFY
          | ATTRIBUTES
          | CLOSE_WRITE
          | MOVED_FROM
          | MOVED_TO
          | CREATE
          | DELETE
          | ONLY_DIRECTORIES;

  private static final int BUFFER_BYTES = 256 * 1024;
  private static final int EVENT_HEAD_BYTES = 16;
  private static final int POLL_MILLIS = 60_000;

  private record Watched(int watch, long device, long inode) {}

  private final Libc libc;
  private final FileEvents events;
  private final Troubles troubles;
  private final int inotify;
  private final int bell;
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean failed;

  @GuardedBy("this")
  private final Map<Path, Watched> byPath = new HashMap<>();

  @GuardedBy("this")
  private final Map<Integer, Set<Path>> byWatch = new HashMap<>();

  private DirectoryWatch(Libc libc, FileEvents events, Troubles troubles, int inotify, int bell) {
    this.libc = libc;
    this.events = events;
    this.troubles = troubles;
    this.inotify = inotify;
    this.bell = bell;
    this.thread = new Thread(this::run, "p2pd-publish-events");
    this.thread.setDaemon(true);
  }

  /** Begins to watch nothing; directories are added. */
  static DirectoryWatch open(Libc libc, FileEvents events, Troubles troubles) throws IOException {
    int inotify = libc.inotify();
    try {
      DirectoryWatch watch = new DirectoryWatch(libc, events, troubles, inotify, libc.eventfd());
      watch.thread.start();
      return watch;
    } catch (IOException e) {
      libc.close(inotify);
      throw e;
    }
  }

  /** Watches a directory, if it is not watched yet. False: what happens in it is not seen. */
  synchronized boolean watch(Path directory, Finding found) {
    FileStat stat = found.stat();
    Watched before = byPath.get(directory);
    if (before != null && before.device == stat.device() && before.inode == stat.inode()) {
      return true;
    }
    if (before != null) {
      forget(directory, before); // another directory was mounted or moved over it
    }
    if (closed || failed) {
      return false;
    }
    try {
      int watch = libc.addWatch(inotify, found.name(), MASK);
      byPath.put(directory, new Watched(watch, stat.device(), stat.inode()));
      byWatch.computeIfAbsent(watch, w -> new HashSet<>()).add(directory);
      return true;
    } catch (Libc.ErrnoException e) {
      if (e.errno() == Libc.ENOSPC) {
        troubles.report(
            Troubles.Group.EVENTS,
            "watches",
            "the kernel allows no more watched directories ("
                + byPath.size()
                + " are): changes in the others are seen only by scanning; raise the limit with:"
                + " sysctl fs.inotify.max_user_watches=1048576");
      } else {
        log.debug("{} is not watched: {}", directory, e.getMessage());
      }
      return false;
    } catch (IOException e) {
      log.debug("{} is not watched: {}", directory, e.getMessage());
      return false;
    }
  }

  /** Stops watching a directory and all below it, which were renamed away. */
  private synchronized void unwatch(Path directory) {
    List<Path> below = new ArrayList<>();
    for (Path path : byPath.keySet()) {
      if (path.startsWith(directory)) {
        below.add(path);
      }
    }
    for (Path path : below) {
      Watched watched = byPath.get(path);
      if (watched != null) {
        forget(path, watched);
      }
    }
  }

  @GuardedBy("this")
  private void forget(Path path, Watched watched) {
    byPath.remove(path);
    Set<Path> paths = byWatch.get(watched.watch);
    if (paths == null || !paths.remove(path) || !paths.isEmpty()) {
      return;
    }
    byWatch.remove(watched.watch);
    try {
      libc.removeWatch(inotify, watched.watch);
    } catch (IOException e) {
      log.debug("the kernel had dropped the watch of {} already: {}", path, e.getMessage());
    }
  }

  private void run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());
    try {
      while (!closed) {
        if (libc.await(inotify, bell, POLL_MILLIS)) {
          buffer.clear();
          libc.read(inotify, buffer);
          buffer.flip();
          readEvents(buffer);
        }
      }
    } catch (IOException | RuntimeException e) {
      failed = true;
      troubles.report(
          Troubles.Group.EVENTS,
          "events",
          "events of files are seen no more (" + e + "), changes are found by scanning; restart");
      events.lost("watching failed");
    }
  }

  private void readEvents(ByteBuffer buffer) {
    while (buffer.remaining() >= EVENT_HEAD_BYTES) {
      int watch = buffer.getInt();
      int mask = buffer.getInt();
      buffer.getInt(); // the cookie pairs two renames; each side is told by itself here
      byte[] padded = new byte[buffer.getInt()];
      buffer.get(padded);
      tell(watch, mask, withoutPadding(padded));
    }
  }

  private void tell(int watch, int mask, byte[] name) {
    if ((mask & OVERFLOW) != 0) {
      events.lost("more happened than the kernel could keep");
      return;
    }
    if ((mask & IGNORED) != 0) {
      dropped(watch);
      return;
    }
    if ((mask & UNMOUNT) != 0) {
      events.lost("a file system was unmounted");
      return;
    }
    String text = new String(name, StandardCharsets.ISO_8859_1);
    boolean directory = (mask & IS_DIRECTORY) != 0;
    if (text.isEmpty()) {
      return; // of the watched directory itself: whoever watches its parent is told, too
    }
    boolean publishable =
        directory ? PublishableNames.directory(text) : PublishableNames.file(text);
    if (!publishable) {
      return;
    }
    for (Path parent : pathsOf(watch)) {
      Path path = PublicTree.child(parent, name);
      if (directory) {
        tellDirectory(mask, path);
      } else {
        tellFile(mask, path);
      }
    }
  }

  private void tellDirectory(int mask, Path path) {
    if ((mask & (MOVED_FROM | DELETE)) != 0) {
      unwatch(path);
      events.directoryGone(path);
    } else {
      // New rights may have made it readable: that is as good as new.
      events.directoryAppeared(path, (mask & MOVED_TO) != 0);
    }
  }

  private void tellFile(int mask, Path path) {
    if ((mask & (MOVED_FROM | DELETE)) != 0) {
      events.gone(path);
    } else if ((mask & MOVED_TO) != 0) {
      events.movedIn(path);
    } else if ((mask & CLOSE_WRITE) != 0) {
      events.closed(path);
    } else if ((mask & CREATE) != 0) {
      events.created(path);
    } else if ((mask & ATTRIBUTES) != 0) {
      events.touched(path);
    } else {
      events.written(path);
    }
  }

  private synchronized List<Path> pathsOf(int watch) {
    return List.copyOf(byWatch.getOrDefault(watch, Set.of()));
  }

  /** The kernel dropped a watch: its directory was deleted or unmounted. */
  private synchronized void dropped(int watch) {
    Set<Path> paths = byWatch.remove(watch);
    if (paths != null) {
      paths.forEach(byPath::remove);
    }
  }

  private static byte[] withoutPadding(byte[] padded) {
    int length = 0;
    while (length < padded.length && padded[length] != 0) {
      length++;
    }
    return Arrays.copyOf(padded, length);
  }

  private void closeQuietly(int fd) {
    try {
      libc.close(fd);
    } catch (IOException e) {
      log.debug("descriptor {} was closed already: {}", fd, e.getMessage());
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      libc.ring(bell);
    } catch (IOException e) {
      log.warn("the watching thread ends only with its next event: {}", e.getMessage());
    }
    Threads.join(thread);
    closeQuietly(inotify);
    closeQuietly(bell);
  }
}
