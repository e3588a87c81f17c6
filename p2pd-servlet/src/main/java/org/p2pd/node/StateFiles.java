package org.p2pd.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.p2pd.http.AdminToken;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small files that a node and its commands leave for each other, and how they are written. */
final class StateFiles {

  /** Opens status and metrics. */
  static final String TOKEN = "token";

  /** Where the running node answers: a URL without a path's end. */
  static final String ADDRESS = "address";

  /** Locked, and with the process's number in it, while the node runs. */
  static final String LOCK = "lock";

  /** Its being there lets the server withdraw what vanished; the server removes it. */
  static final String ACCEPT_REMOVALS = "accept-removals";

  /** The fingerprint of the server key that the cache is to believe; the cache removes it. */
  static final String TRUST = "trust";

  /** What a detached node logs to. */
  static final String LOG = "p2pd.log";

  private static final Logger log = LoggerFactory.getLogger(StateFiles.class);
  private static final int TOKEN_BYTES = 24;

  private static final SecureRandom RANDOM = new SecureRandom();

  private StateFiles() {}

  /** The token of that state directory, made at first. */
  static AdminToken token(Path state) throws IOException {
    Path file = state.resolve(TOKEN);
    if (Files.exists(file)) {
      return AdminToken.parse(Files.readString(file, StandardCharsets.US_ASCII))
          .orElseThrow(
              () -> new IOException(file + " holds no token: remove it, and a new one is made"));
    }
    AdminToken token = new AdminToken(random(TOKEN_BYTES));
    writePrivately(file, token.secret() + "\n");
    return token;
  }

  /** Puts a file in place whole: whoever sees it sees all of it. Readable by its owner only. */
  static void writePrivately(Path file, String text) throws IOException {
    write(file, text, ownerOnly(file));
  }

  /** Makes an empty file with its directory, if they are missing: for nobody but their owner. */
  static void makePrivately(Path file) throws IOException {
    makeDirectoryPrivately(file.toAbsolutePath().resolveSibling(""));
    if (Files.notExists(file)) {
      Files.createFile(file, ownerOnly(file));
    }
  }

  /** Makes a directory, if it is missing: for nobody but its owner. */
  static void makeDirectoryPrivately(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Path absolute = directory.toAbsolutePath();
      Files.createDirectories(absolute.resolveSibling(""));
      Files.createDirectory(absolute, ownerOnly(absolute, "rwx------"));
    }
  }

  /** The same, readable as the user's files are. */
  static void writeReadably(Path file, String text) throws IOException {
    write(file, text);
  }

  /** Takes a file away; one that is in the way of nothing may stay. */
  static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("{} cannot be removed ({}); it does no harm", file, e.toString());
    }
  }

  private static void write(Path file, String text, FileAttribute<?>... attributes)
      throws IOException {
    Path partial = file.resolveSibling("." + file.getFileName() + "." + random(6));
    try (var channel =
        Files.newByteChannel(
            partial, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
      ByteBuffer bytes = StandardCharsets.US_ASCII.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path file) {
    return ownerOnly(file, "rw-------");
  }

  private static FileAttribute<?>[] ownerOnly(Path file, String permissions) {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
    };
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }
}
