package org.p2pd.leases;

/** What was used of an allowance that comes back evenly. Owned by its {@link SecondCopies}. */
final class Leak {

  private double used;
  private long atNanos;

  Leak(long nowNanos) {
    this.atNanos = nowNanos;
  }

  /** So many bytes are used now, if so many come back in a second. */
  double used(double perSecond, long nowNanos) {
    used = Math.max(0, used - perSecond * (nowNanos - atNanos) / 1e9);
    atNanos = nowNanos;
    return used;
  }

  void use(long bytes) {
    used += bytes;
  }
}
