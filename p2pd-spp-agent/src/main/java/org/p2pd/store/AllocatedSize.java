package org.p2pd.store;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many bytes a file takes on disk, as {@code du} counts them.
 *
 * <p>Java cannot tell, so Linux's {@code statx} is asked (its record is the same on every
 * architecture). Where that is not to be had, the file's length is the answer: never too little.
 */
final class AllocatedSize {

  private static final Logger log = LoggerFactory.getLogger(AllocatedSize.class);

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int STATX_BLOCKS = 0x400;
  private static final int STATX_BYTES = 256;
  private static final int BLOCKS_AT = 48;
  private static final int BLOCK_UNIT = 512;

  private static final boolean AVAILABLE = tryStatx();

  private AllocatedSize() {}

  /** Of the file, directory or link itself. */
  static long of(Path file) throws IOException {
    return of(file, AT_SYMLINK_NOFOLLOW);
  }

  /** Of what the link leads to, such as an open file under {@code /proc/self/fd}. */
  static long ofTarget(Path link) throws IOException {
    return of(link, 0);
  }

  private static long of(Path file, int flags) throws IOException {
    if (AVAILABLE) {
      byte[] record = new byte[STATX_BYTES];
      if (LibC.statx(AT_FDCWD, nativeName(file), flags, STATX_BLOCKS, record) == 0) {
        return ByteBuffer.wrap(record).order(ByteOrder.nativeOrder()).getLong(BLOCKS_AT)
            * BLOCK_UNIT;
      }
    }
    LinkOption[] options =
        flags == 0 ? new LinkOption[0] : new LinkOption[] {LinkOption.NOFOLLOW_LINKS};
    return Charges.rounded(Files.readAttributes(file, BasicFileAttributes.class, options).size());
  }

  /**
   * The bytes of the name, NUL-terminated. A path's URI keeps them whatever the locale is: all that
   * is not plain ASCII is percent-encoded byte by byte.
   */
  private static byte[] nativeName(Path file) {
    String encoded = file.toAbsolutePath().toUri().getRawPath();
    ByteArrayOutputStream name = new ByteArrayOutputStream(encoded.length() + 1);
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        name.write(Integer.parseInt(encoded, i + 1, i + 3, 16));
        i += 2;
      } else {
        name.write(c);
      }
    }
    name.write(0);
    return name.toByteArray();
  }

  private static boolean tryStatx() {
    try {
      return LibC.statx(AT_FDCWD, new byte[] {'/', 0}, 0, STATX_BLOCKS, new byte[STATX_BYTES]) == 0;
    } catch (LinkageError | RuntimeException e) {
      // Fail safe: lengths of sparse files are never too little, only less room is used.
      log.warn(
          "statx cannot be called ({}): after a restart the store counts its sparse files in full,"
              + " and may evict more than it needs to",
          e.toString());
      return false;
    }
  }

  /**
   * The one function of the C library that is called; by its address and not as a registered native
   * method: for those JNA's library opens a file that it never closes, one more each time that a
   * container deploys this application.
   */
  private static final class LibC {
    private static final Function STATX = NativeLibrary.getInstance("c").getFunction("statx");

    static int statx(int directory, byte[] path, int flags, int mask, byte[] record) {
      return STATX.invokeInt(new Object[] {directory, path, flags, mask, record});
    }
  }
}
