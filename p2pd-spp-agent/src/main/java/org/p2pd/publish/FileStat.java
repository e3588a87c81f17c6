package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a file's inode says of it: a file whose inode number, size, modification and change time are
 * all the same has the same content, as far as the file system can tell.
 *
 * @param device the file system; not part of the comparison, since it may change with each boot
 * @param modifiedNanos modification time in nanoseconds since 1970, saturated
 * @param changedNanos inode change time in nanoseconds since 1970, saturated
 * @param mode file type and permissions as in {@code st_mode}
 * @param links number of hard links
 */
record FileStat(
    long device,
    long inode,
    long sizeBytes,
    long modifiedNanos,
    long changedNanos,
    int mode,
    int links) {

  /** Equals no file. */
  static final FileStat NEVER_SEEN = new FileStat(0, -1, -1, -1, -1, 0, 0);

  private static final String ATTRIBUTES = "unix:dev,ino,size,lastModifiedTime,ctime,mode,nlink";
  private static final int TYPE_MASK = 0xF000;
  private static final int REGULAR = 0x8000;
  private static final int DIRECTORY = 0x4000;
  private static final int SYMBOLIC_LINK = 0xA000;

  /** How a later look at the same path compares. */
  enum Likeness {
    /** The same content. */
    SAME,
    /** Only the change time differs (chmod, chown, a hard link): most likely the same content. */
    DOUBTFUL,
    /** Another file, or rewritten. */
    DIFFERENT
  }

  /** What the path leads to, symbolic links followed. */
  static FileStat of(Path path) throws IOException {
    return from(Files.readAttributes(path, ATTRIBUTES));
  }

  /** What the path itself is. */
  static FileStat ofLink(Path path) throws IOException {
    return from(Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS));
  }

  private static FileStat from(Map<String, Object> attributes) throws IOException {
    return new FileStat(
        number(attributes, "dev"),
        number(attributes, "ino"),
        number(attributes, "size"),
        nanos(attributes, "lastModifiedTime"),
        nanos(attributes, "ctime"),
        (int) number(attributes, "mode"),
        (int) number(attributes, "nlink"));
  }

  private static long number(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof Number number) {
      return number.longValue();
    }
    throw new IOException("this file system does not tell " + name);
  }

  private static long nanos(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof FileTime time) {
      return time.to(TimeUnit.NANOSECONDS);
    }
    throw new IOException("this file system does not tell " + name);
  }

  boolean isRegular() {
    return (mode & TYPE_MASK) == REGULAR;
  }

  boolean isDirectory() {
    return (mode & TYPE_MASK) == DIRECTORY;
  }

  boolean isSymbolicLink() {
    return (mode & TYPE_MASK) == SYMBOLIC_LINK;
  }

  Likeness compareTo(FileStat now) {
    boolean sameFile =
        inode == now.inode && sizeBytes == now.sizeBytes && modifiedNanos == now.modifiedNanos;
    if (!sameFile) {
      return Likeness.DIFFERENT;
    }
    return changedNanos == now.changedNanos ? Likeness.SAME : Likeness.DOUBTFUL;
  }

  boolean sameAs(FileStat other) {
    return compareTo(other) == Likeness.SAME;
  }

  /** Whether both are names of one unchanged file at this moment. */
  boolean isHardLinkOf(FileStat other) {
    return device == other.device && sameAs(other);
  }

  Instant modified() {
    return Instant.ofEpochSecond(0, modifiedNanos);
  }

  /** When the file was last touched in any way; the file system sees to that, not the owner. */
  Instant lastTouched() {
    return Instant.ofEpochSecond(0, Math.max(modifiedNanos, changedNanos));
  }
}
