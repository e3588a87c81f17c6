package org.p2pd.store;

import org.p2pd.model.EditionId;

/**
 * How much of an edition is held.
 *
 * @param heldBytes 0 to {@code lengthBytes}; if nobody asked for the edition since start, about so
 *     many
 * @param lengthBytes of the whole edition, at least 1
 */
public record Holding(EditionId id, long heldBytes, long lengthBytes) {

  public Holding {
    if (lengthBytes < 1 || heldBytes < 0 || heldBytes > lengthBytes) {
      throw new IllegalArgumentException(heldBytes + " of " + lengthBytes + " bytes held");
    }
  }

  public boolean isWhole() {
    return heldBytes == lengthBytes;
  }
}
