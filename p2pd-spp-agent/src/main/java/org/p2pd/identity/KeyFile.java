package org.p2pd.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A key in a file: two PEM blocks, PRIVATE KEY (PKCS #8) and PUBLIC KEY, as OpenSSL writes them, so
 * that {@code openssl pkey} reads it. Made with mode 0600, in one atomic step.
 */
final class KeyFile {

  private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);

  /** A key file has about 240 bytes; a longer one is no key file and is not read. */
  static final int MAX_BYTES = 4096;

  private static final String PRIVATE = "PRIVATE KEY";
  private static final String PUBLIC = "PUBLIC KEY";
  private static final byte[] PROBE = "p2pd-key-file".getBytes(US_ASCII);

  private final Path file;

  KeyFile(Path file) {
    this.file = file;
  }

  NodeKey loadOrCreate() throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return load();
    }
    NodeKey key = NodeKey.generate();
    create(key);
    LOG.info("made a new key, {}: node id {}", file, key.id());
    return key;
  }

  private NodeKey load() throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw damaged("it is too long");
    }
    String text = new String(Files.readAllBytes(file), US_ASCII);
    byte[] pkcs8 = block(text, PRIVATE).orElseThrow(() -> damaged("no " + PRIVATE));
    byte[] x509 = block(text, PUBLIC).orElseThrow(() -> damaged("no " + PUBLIC));
    PublicKey publicKey = PublicKey.ofX509(x509).orElseThrow(() -> damaged("not Ed25519"));
    NodeKey key = new NodeKey(privateKey(pkcs8), publicKey);
    if (!publicKey.verify(PROBE, key.sign(PROBE))) {
      throw damaged("its two halves do not belong together");
    }
    warnIfOthersCanRead();
    return key;
  }

  private PrivateKey privateKey(byte[] pkcs8) throws IOException {
    try {
      return KeyFactory.getInstance(PublicKey.ALGORITHM)
          .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      IOException damaged = damaged("not an Ed25519 key");
      damaged.initCause(e);
      throw damaged;
    }
  }

  private IOException damaged(String why) {
    return new IOException(
        "key file "
            + file
            + ": "
            + why
            + ". Restore it from a backup; moving it away gives this node a new identity");
  }

  private void create(NodeKey key) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException("key file " + file + " is no file");
    }
    Files.createDirectories(directory);
    Path fresh = directory.resolve(file.getFileName() + ".new");
    Files.deleteIfExists(fresh); // left by a process that was killed here
    String text = pem(PRIVATE, key.toPkcs8()) + pem(PUBLIC, key.publicKey().toX509());
    try (FileChannel out =
        FileChannel.open(fresh, EnumSet.of(CREATE_NEW, WRITE), ownerOnly(directory))) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(US_ASCII));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(fresh, file, ATOMIC_MOVE);
    try (FileChannel parent = FileChannel.open(directory, READ)) {
      parent.force(true); // the name too survives a power failure
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path directory) throws IOException {
    if (!Files.getFileStore(directory).supportsFileAttributeView("posix")) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
    };
  }

  private void warnIfOthersCanRead() throws IOException {
    if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
      return;
    }
    Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
    if (granted.contains(PosixFilePermission.GROUP_READ)
        || granted.contains(PosixFilePermission.OTHERS_READ)) {
      LOG.warn("others can read this node's key; run: chmod 600 {}", file);
    }
  }

  private static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  private static Optional<byte[]> block(String text, String label) {
    String begin = "-----BEGIN " + label + "-----";
    int start = text.indexOf(begin);
    int end = text.indexOf("-----END " + label + "-----");
    if (start < 0 || end < start) {
      return Optional.empty();
    }
    try {
      String base64 = text.substring(start + begin.length(), end).replaceAll("\\s", "");
      return Optional.of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // not base64: no such block
    }
  }
}
