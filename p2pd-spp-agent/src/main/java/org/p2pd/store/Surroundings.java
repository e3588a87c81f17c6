package org.p2pd.store;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.UUID;
import org.p2pd.store.Records.Id16;

/**
 * What a store takes from the machine it runs on; tests bring their own.
 *
 * @param ticker for spans of time within this life
 * @param clock for times that are compared across lives
 * @param bootId changes when the machine restarts
 * @param background whether a thread of the store's own tidies; otherwise the test does
 */
record Surroundings(
    Ticker ticker, InstantSource clock, Id16 bootId, Disk.Faults faults, boolean background) {

  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  static Surroundings real() {
    return new Surroundings(
        Ticker.systemTicker(), InstantSource.system(), readBootId(), Disk.Faults.NONE, true);
  }

  private static Id16 readBootId() {
    try {
      return id(UUID.fromString(Files.readString(BOOT_ID).strip()));
    } catch (IOException | IllegalArgumentException e) {
      // Fail safe: another boot in every life. Only what was forced to disk is trusted at start.
      return id(UUID.randomUUID());
    }
  }

  static Id16 id(UUID uuid) {
    return new Id16(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }
}
