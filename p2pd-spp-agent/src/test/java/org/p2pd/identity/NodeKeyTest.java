package org.p2pd.identity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;

class NodeKeyTest {

  private static final byte[] MESSAGE = "p2pd-test hello".getBytes(UTF_8);

  @TempDir Path directory;

  @Test
  void whatItSignsOthersVerify() {
    NodeKey key = NodeKey.generate();
    byte[] signature = key.sign(MESSAGE);
    PublicKey asOthersKnowIt = PublicKey.ofRaw(key.publicKey().toBytes()).orElseThrow();

    assertThat(signature).hasSize(PublicKey.SIGNATURE_BYTES);
    assertThat(asOthersKnowIt.verify(MESSAGE, signature)).isTrue();
    assertThat(NodeKey.generate().publicKey().verify(MESSAGE, signature)).isFalse();
  }

  @Test
  void idIsTheSha256OfTheRawKey() {
    PublicKey key = NodeKey.generate().publicKey();
    assertThat(key.id().hash())
        .isEqualTo(Hash.of(DigestAlgorithm.SHA_256.newDigest().digest(key.toBytes())));
    assertThat(PublicKey.ofBase64Url(key.toBase64Url())).contains(key);
  }

  @Test
  void agreesWithTheSecondTestVectorOfRfc8032() {
    HexFormat hex = HexFormat.of();
    PublicKey key =
        PublicKey.ofRaw(
                hex.parseHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
            .orElseThrow();
    byte[] signature =
        hex.parseHex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assertThat(key.verify(new byte[] {0x72}, signature)).isTrue();
    assertThat(key.verify(new byte[] {0x73}, signature)).isFalse();
  }

  @Nested
  class BytesOfStrangers {

    @Test
    void wrongLengthsAreNoKeyAndNoSignature() {
      assertThat(PublicKey.ofRaw(new byte[31])).isEmpty();
      assertThat(PublicKey.ofRaw(new byte[33])).isEmpty();
      PublicKey key = NodeKey.generate().publicKey();
      assertThat(key.verify(MESSAGE, new byte[0])).isFalse();
      assertThat(key.verify(MESSAGE, new byte[65])).isFalse();
    }

    @Test
    void noBytesThrow() {
      Random random = new Random(8032);
      PublicKey key = NodeKey.generate().publicKey();
      for (int i = 0; i < 300; i++) {
        byte[] raw = new byte[32];
        byte[] signature = new byte[64];
        random.nextBytes(raw);
        random.nextBytes(signature);
        PublicKey.ofRaw(raw).ifPresent(k -> assertThat(k.verify(MESSAGE, signature)).isFalse());
        assertThat(key.verify(MESSAGE, signature)).isFalse();
      }
      byte[] ones = new byte[32];
      java.util.Arrays.fill(ones, (byte) 0xff);
      assertThat(PublicKey.ofRaw(ones)).isEmpty();
    }
  }

  @Nested
  class InAFile {

    @Test
    void isMadeOnceReadableByItsOwnerOnly() throws IOException {
      Path file = directory.resolve("state/node.key");
      NodeKey made = NodeKey.loadOrCreate(file);
      NodeKey loaded = NodeKey.loadOrCreate(file);

      assertThat(loaded.publicKey()).isEqualTo(made.publicKey());
      assertThat(made.publicKey().verify(MESSAGE, loaded.sign(MESSAGE))).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(file.getParent()).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aDamagedFileIsNamedAndNeverReplaced() throws IOException {
      Path file = directory.resolve("node.key");
      NodeKey.loadOrCreate(file);
      String text = Files.readString(file);
      String other = Files.readString(otherKey());
      for (String damaged :
          new String[] {
            "",
            "rubbish",
            text.substring(0, text.length() / 2),
            text.replace("BEGIN PUBLIC", "BEGIN SECRET"),
            other.substring(0, other.indexOf("-----BEGIN PUBLIC"))
                + text.substring(text.indexOf("-----BEGIN PUBLIC")),
            "x".repeat(KeyFile.MAX_BYTES + 1)
          }) {
        Files.writeString(file, damaged);
        assertThatThrownBy(() -> NodeKey.loadOrCreate(file))
            .isInstanceOf(IOException.class)
            .hasMessageContaining(file.toString())
            .hasMessageContaining("Restore it from a backup");
        assertThat(file).hasContent(damaged);
      }
    }

    private Path otherKey() throws IOException {
      Path file = directory.resolve("other.key");
      NodeKey.loadOrCreate(file);
      return file;
    }
  }

  @Test
  void neverShowsThePrivateHalf() {
    NodeKey key = NodeKey.generate();
    assertThat(key.toString()).isEqualTo("key of " + key.id());
  }
}
