package org.p2pd.holdings;

import org.p2pd.store.Holding;

/** How much of an edition is held, as a digest says it: 0 to 8. Pure. */
public final class Eighths {

  /** All of it. */
  public static final int WHOLE = 8;

  private Eighths() {}

  /** Eighths of the bytes, rounded up; 8 only if all are held, 0 only if none is. */
  public static int of(Holding holding) {
    if (holding.isWhole()) {
      return WHOLE;
    }
    long length = holding.lengthBytes();
    return (int) Math.min(WHOLE - 1, (WHOLE * holding.heldBytes() + length - 1) / length);
  }
}
