package org.p2pd.holdings;

import java.util.function.LongConsumer;

/** Which keys were touched last, each under a version of its own. Guarded by its owner's lock. */
final class KeyChanges implements Changes {

  private final long[] keys;

  /** Of the last key; 1 if there was none yet. */
  private long version = 1;

  /**
   * Nothing was touched.
   *
   * @param remembered how many are; the oldest is forgotten first
   */
  KeyChanges(int remembered) {
    this.keys = new long[remembered];
  }

  void touch(long key) {
    version++;
    keys[slot(version)] = key;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public boolean reaches(long since) {
    return since >= 1 && since <= version && version - since <= keys.length;
  }

  @Override
  public boolean follows(long since) {
    return version > since;
  }

  @Override
  public long upTo(long since) {
    return version;
  }

  /** The keys after one version, up to and with another; some perhaps twice. */
  void forEach(long since, long upTo, LongConsumer key) {
    for (long at = since + 1; at <= upTo; at++) {
      key.accept(keys[slot(at)]);
    }
  }

  private int slot(long at) {
    return (int) (at % keys.length);
  }
}
