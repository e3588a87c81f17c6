package org.p2pd.store;

import java.util.concurrent.atomic.LongAdder;

/** What happened since start. Thread-safe. */
final class StoreCounters {
  final LongAdder heldBytes = new LongAdder();
  final LongAdder evictedExtents = new LongAdder();
  final LongAdder failedVerifications = new LongAdder();
  final LongAdder failedWrites = new LongAdder();
}
