package org.p2pd.store;

import java.nio.file.Path;
import java.util.OptionalLong;
import org.p2pd.model.BlockSize;

/**
 * What a store is told at start.
 *
 * @param directory {@code -c}; made if missing
 * @param limitBytes {@code -C}: what {@code du} of the directory and deleted files that are still
 *     open may take together; empty: 90 % of (free + already held)
 * @param blockSize {@code -b}: of extents that are begun from now on
 * @param verifyReads {@code --verify-reads}: verify every read, trust nothing on disk
 */
public record StoreConfig(
    Path directory, OptionalLong limitBytes, BlockSize blockSize, boolean verifyReads) {

  public StoreConfig {
    if (limitBytes.isPresent() && limitBytes.getAsLong() < 1) {
      throw new IllegalArgumentException("a limit of " + limitBytes.getAsLong() + " bytes");
    }
  }
}
