package org.p2pd.fetch;

/** Measures bytes a second, the recent past counting most. Confined to its owner. */
final class RateMeter {

  /** After this many seconds a byte counts 1/e. */
  private static final double MEMORY_SECONDS = 1.0;

  /** The shortest time a first measurement is taken over, so that one burst is no rate. */
  private static final double FLOOR_SECONDS = 0.05;

  private double bytes;
  private double seconds;
  private long lastNanos;

  RateMeter(long nowNanos) {
    lastNanos = nowNanos;
  }

  void add(long count, long nowNanos) {
    decay(nowNanos);
    bytes += count;
  }

  /** Reading changes nothing: time that turns out not to count can be left out afterwards. */
  double perSecond(long nowNanos) {
    double passed = secondsSinceLast(nowNanos);
    double keep = Math.exp(-passed / MEMORY_SECONDS);
    return bytes * keep / Math.max(seconds * keep + passed, FLOOR_SECONDS);
  }

  private void decay(long nowNanos) {
    double passed = secondsSinceLast(nowNanos);
    double keep = Math.exp(-passed / MEMORY_SECONDS);
    bytes *= keep;
    seconds = seconds * keep + passed;
    lastNanos = nowNanos;
  }

  private double secondsSinceLast(long nowNanos) {
    return Math.max(0, nowNanos - lastNanos) / 1e9;
  }
}
