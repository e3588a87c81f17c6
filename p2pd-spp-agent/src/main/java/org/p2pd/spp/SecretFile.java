package org.p2pd.spp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A secret in a file: one line of base64 or hexadecimal digits; empty lines and lines that begin
 * with {@code #} are skipped. Made with mode 0600.
 */
public final class SecretFile {

  private static final Logger LOG = LoggerFactory.getLogger(SecretFile.class);
  private static final int MAX_FILE_BYTES = 4_096;

  private SecretFile() {}

  /**
   * Reads a secret.
   *
   * @throws IOException with a message that says what to do
   */
  public static Secret read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no secret file " + file + "; make one: p2pd secret " + file);
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw noSecret(file, "it is too long");
    }
    warnIfOthersCanRead(file);
    List<String> lines =
        new String(Files.readAllBytes(file), US_ASCII)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (lines.size() != 1) {
      throw noSecret(file, "it has " + lines.size() + " lines instead of one");
    }
    try {
      return Secret.parse(lines.get(0));
    } catch (MalformedException e) {
      IOException failure = noSecret(file, String.valueOf(e.getMessage()));
      failure.initCause(e);
      throw failure;
    }
  }

  private static IOException noSecret(Path file, String why) {
    return new IOException(
        file + " holds no secret: " + why + "; make a new one elsewhere: p2pd secret FILE");
  }

  /**
   * Makes a new secret and its file ({@code p2pd secret FILE}). An existing file is never replaced.
   */
  public static Secret create(Path file, RandomGenerator secureRandom) throws IOException {
    Secret secret = Secret.random(secureRandom);
    try {
      write(file, secret, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          file + " exists already and is left as it is; name another file, or use this one", e);
    }
    return secret;
  }

  /** Keeps a secret in a file, in place of the one that it held, in one atomic step. */
  public static void replace(Path file, Secret secret) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh); // left by a process that was killed here
    write(fresh, secret, StandardOpenOption.CREATE_NEW);
    Files.move(fresh, file, ATOMIC_MOVE);
  }

  private static void write(Path file, Secret secret, StandardOpenOption how) throws IOException {
    try (FileChannel out =
        FileChannel.open(file, EnumSet.of(StandardOpenOption.WRITE, how), ownerOnly(file))) {
      ByteBuffer bytes = ByteBuffer.wrap((secret.toText() + "\n").getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path file) {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
  }

  private static void warnIfOthersCanRead(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
    if (granted.contains(PosixFilePermission.GROUP_READ)
        || granted.contains(PosixFilePermission.OTHERS_READ)) {
      LOG.warn("others can read the secret of this network; run: chmod 600 {}", file);
    }
  }
}
