package org.p2pd.store;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * After a failed write nothing is reserved for a while: blocks pass through memory, and a full disk
 * is not asked again for every block. Thread-safe.
 */
final class WriteFailures {

  static final Duration PAUSE = Duration.ofSeconds(10);

  private static final Logger log = LoggerFactory.getLogger(WriteFailures.class);

  private final Ticker ticker;
  private final StoreCounters counters;
  private final AtomicLong pauseEnds;

  WriteFailures(Ticker ticker, StoreCounters counters) {
    this.ticker = ticker;
    this.counters = counters;
    this.pauseEnds = new AtomicLong(ticker.read());
  }

  /** Counts it, and logs the first of a pause. */
  void report(Path file, IOException failure) {
    counters.failedWrites.increment();
    boolean first = !pausing();
    pauseEnds.set(ticker.read() + PAUSE.toNanos());
    if (first) {
      log.warn(
          "cannot write {}: {}. Blocks are passed on unkept for {} s; make room on that disk or"
              + " mend it",
          file,
          failure.toString(),
          PAUSE.toSeconds());
    }
  }

  boolean pausing() {
    return ticker.read() - pauseEnds.get() < 0;
  }
}
