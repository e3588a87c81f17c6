package org.p2pd.store;

import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.model.EditionId;
import org.p2pd.store.Records.Id16;
import org.p2pd.store.Records.Label;
import org.p2pd.store.StorePaths.ExtentName;

/**
 * What the editions of one open store share. Every part is thread-safe.
 *
 * @param generation the last one that was given out
 */
record StoreParts(
    StoreConfig config,
    Label label,
    StorePaths paths,
    Disk disk,
    OpenFiles files,
    Ledger ledger,
    FanOut fanOut,
    ScratchPool scratch,
    WriteFailures writeFailures,
    StoreCounters counters,
    HeldNews news,
    Surroundings surroundings,
    AtomicLong generation) {

  /** The files of a new extent, under a generation that was never used. */
  ExtentFiles newFiles(EditionId edition, ExtentShape shape) {
    return files(edition, shape, generation.incrementAndGet());
  }

  ExtentFiles files(EditionId edition, ExtentShape shape, long generation) {
    ExtentName data = new ExtentName(shape.index(), generation, true);
    ExtentName slots = new ExtentName(shape.index(), generation, false);
    return new SparseFiles(
        this,
        edition,
        shape,
        generation,
        paths.extentFile(edition, data),
        paths.extentFile(edition, slots));
  }

  long now() {
    return surroundings.ticker().read();
  }

  long clockMillis() {
    return surroundings.clock().millis();
  }

  Id16 bootId() {
    return surroundings.bootId();
  }
}
