package org.p2pd.spp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import org.p2pd.identity.NodeKey;

/** The keys of RFC 8032 section 7.1, so that what they sign is always the same. */
public final class TestKeys {

  private static final String PKCS8 = "302e020100300506032b657004220420";
  private static final String X509 = "302a300506032b6570032100";

  private TestKeys() {}

  /** TEST 1. */
  public static NodeKey first() {
    return key(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  }

  /** TEST 2. */
  public static NodeKey second() {
    return key(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  }

  private static NodeKey key(String seed, String publicKey) {
    try {
      Path file = Files.createTempFile("node", ".key");
      Files.writeString(
          file, pem("PRIVATE KEY", PKCS8 + seed) + pem("PUBLIC KEY", X509 + publicKey));
      NodeKey key = NodeKey.loadOrCreate(file);
      Files.delete(file);
      return key;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String label, String hex) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex))
        + "\n-----END "
        + label
        + "-----\n";
  }
}
