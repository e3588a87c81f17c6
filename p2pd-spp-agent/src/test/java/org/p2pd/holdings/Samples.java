package org.p2pd.holdings;

import java.util.Random;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.Holding;
import org.roaringbitmap.RoaringBitmap;

/** Editions and nodes by number. */
public final class Samples {

  private Samples() {}

  public static Edition edition(long number, long lengthBytes) {
    return new Edition(DigestAlgorithm.SHA_256, lengthBytes, hash(number));
  }

  public static NodeId node(long number) {
    return new NodeId(hash(~number));
  }

  private static Hash hash(long seed) {
    byte[] bytes = new byte[Hash.BYTES];
    new Random(seed * 31 + 7).nextBytes(bytes);
    return Hash.of(bytes);
  }

  public static long key(Edition edition) {
    return edition.id().hash().firstLong();
  }

  /** So many of an edition's bytes. */
  public static Holding holding(Edition edition, long heldBytes) {
    return new Holding(edition.id(), heldBytes, edition.lengthBytes());
  }

  /** Leaves from the first to the last. */
  public static HeldLeaves leaves(Edition edition, int first, int last) {
    RoaringBitmap leaves = new RoaringBitmap();
    leaves.add((long) first, last + 1);
    return HeldLeaves.of(edition, leaves);
  }

  /** The bytes of leaves from the first to the last. */
  public static ByteRange leafRange(Edition edition, int first, int last) {
    long end = Math.min((last + 1) * 16_384L, edition.lengthBytes());
    return new ByteRange(first * 16_384L, end - 1);
  }
}
