package org.p2pd.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What tells that a file was not changed: whoever writes to it moves its ctime, which nobody can
 * set back.
 *
 * @param mtimeNanos since 1970
 * @param ctimeNanos since 1970
 */
record FileStamp(long inode, long sizeBytes, long mtimeNanos, long ctimeNanos) {

  static FileStamp of(Path file) throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(
            file, "unix:ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
    return new FileStamp(
        ((Number) stat.getOrDefault("ino", 0L)).longValue(),
        ((Number) stat.getOrDefault("size", 0L)).longValue(),
        nanos(stat, "lastModifiedTime"),
        nanos(stat, "ctime"));
  }

  private static long nanos(Map<String, Object> stat, String name) {
    return stat.get(name) instanceof FileTime time ? time.to(TimeUnit.NANOSECONDS) : 0;
  }
}
