import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** An Ed25519 key; its id is SHA-256 of the raw 32 bytes of its public half. */
final class NodeKey {
  private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
  private final KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  final byte[] raw;

  NodeKey() throws Exception {
    byte[] encoded = pair.getPublic().getEncoded();
    raw = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
  }

  byte[] sign(byte[]... parts) throws Exception {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(pair.getPrivate());
    signature.update(Wire.join(parts));
    return signature.sign();
  }

  static boolean verify(byte[] raw, byte[] signed, byte[]... parts) throws Exception {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(Wire.join(PREFIX, raw))));
    signature.update(Wire.join(parts));
    return signature.verify(signed);
  }
}
