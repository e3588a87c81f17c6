import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Hash trees. */
final class Tree {
  private Tree() {}

  static byte[] hash(String digest, byte[]... parts) throws Exception {
    return MessageDigest.getInstance(digest).digest(Wire.join(parts));
  }

  static byte[] inner(String digest, byte[] left, byte[] right) throws Exception {
    return hash(digest, new byte[] {1}, left, right);
  }

  static int split(long leaves) {
    return (int) Long.highestOneBit(leaves - 1);
  }

  static byte[] root(String digest, List<byte[]> leaves) throws Exception {
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int half = split(leaves.size());
    return inner(
        digest,
        root(digest, leaves.subList(0, half)),
        root(digest, leaves.subList(half, leaves.size())));
  }

  static List<byte[]> leaves(String digest, byte[] bytes) throws Exception {
    List<byte[]> leaves = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += 16_384) {
      leaves.add(
          hash(
              digest,
              new byte[] {0},
              Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 16_384))));
    }
    return leaves;
  }
}
