import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A proof being walked: gives the root, and gathers the hashes of the span's blocks. */
final class Walk {
  private final String digest;
  private final ByteBuffer proof;
  private final long first;
  private final long end;
  final List<byte[]> blocks = new ArrayList<>();

  /** The span is the leaves from {@code first} to before {@code end}. */
  Walk(String digest, byte[] proof, long first, long end) {
    this.digest = digest;
    this.proof = ByteBuffer.wrap(proof);
    this.first = first;
    this.end = end;
  }

  byte[] root(long from, long to) throws Exception {
    boolean outside = to <= first || from >= end;
    boolean block = to - from <= Fetch.BLOCK / 16_384;
    if (outside || block) {
      byte[] hash = new byte[32];
      proof.get(hash);
      if (!outside) {
        blocks.add(hash);
      }
      return hash;
    }
    long middle = from + Tree.split(to - from);
    byte[] left = root(from, middle);
    return Tree.inner(digest, left, root(middle, to));
  }

  boolean usedUp() {
    return !proof.hasRemaining();
  }
}
