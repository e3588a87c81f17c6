package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/** Files to publish, the same for the same seed, and the digests by which they are compared. */
public final class Media {

  public static final int KIB = 1024;
  public static final int MIB = 1024 * KIB;
  public static final long GIB = 1024L * MIB;

  private static final int AROUND_BYTES = MIB;

  private Media() {}

  /** {@code lengthBytes} of the generator's bytes. */
  public static byte[] bytes(int lengthBytes, long seed) {
    byte[] bytes = new byte[lengthBytes];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /** A file without two equal blocks. */
  public static Path random(Path file, long lengthBytes, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] chunk = new byte[MIB];
    try (FileChannel out = create(file)) {
      for (long left = lengthBytes; left > 0; ) {
        random.nextBytes(chunk);
        ByteBuffer part = ByteBuffer.wrap(chunk, 0, (int) Math.min(chunk.length, left));
        left -= part.remaining();
        writeFully(out, part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
    return file;
  }

  /** A file of holes, with random bytes around the given places and at its end. */
  public static Path sparse(Path file, long lengthBytes, long seed, long... places) {
    try (FileChannel out = create(file)) {
      for (long place : places) {
        out.position(Math.max(0, place - AROUND_BYTES));
        writeFully(out, ByteBuffer.wrap(bytes(2 * AROUND_BYTES, seed ^ place)));
      }
      out.position(lengthBytes - AROUND_BYTES);
      writeFully(out, ByteBuffer.wrap(bytes(AROUND_BYTES, seed)));
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
    return file;
  }

  /**
   * A tree of small files, some of them empty, some of a few leaves.
   *
   * @return their titles
   */
  public static List<String> tree(Path root, String folder, int files, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      String title = "/" + folder + "/" + i % 20 + "/" + i % 7 + "/clip-" + i + ".mp4";
      int length = i % 50 == 0 ? 0 : random.nextInt(1, i % 10 == 0 ? 200 * KIB : 20 * KIB);
      write(root.resolve(title.substring(1)), bytes(length, seed + i));
      titles.add(title);
    }
    return List.copyOf(titles);
  }

  /** Writes a whole small file in place, with its directories. */
  public static Path write(Path file, byte[] content) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** Changes one bit, in place. */
  public static void flipBit(Path file, long position) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, position) != 1) {
        throw new IllegalArgumentException("nothing at " + position + " of " + file);
      }
      one.put(0, (byte) (one.get(0) ^ 0x10)).flip();
      channel.write(one, position);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  public static byte[] read(Path file, long position, int lengthBytes) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate(lengthBytes);
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, position + bytes.position()) < 0) {
          throw new IllegalArgumentException(
              "no " + lengthBytes + " bytes at " + position + " of " + file);
        }
      }
      return bytes.array();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  public static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return sha256(in);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  public static String sha256(InputStream in) throws IOException {
    MessageDigest digest = newSha256();
    byte[] chunk = new byte[256 * KIB];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      digest.update(chunk, 0, n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(newSha256().digest(bytes));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static void writeFully(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
