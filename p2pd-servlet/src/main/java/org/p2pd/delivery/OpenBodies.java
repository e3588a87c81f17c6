package org.p2pd.delivery;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many bodies of requests are being read: they lie on the heap, and nobody knows yet whose they
 * are. Bounded in all, and for each address, so that one stranger does not keep the others out.
 * Thread-safe.
 */
final class OpenBodies {

  static final int MOST = 256;
  static final int MOST_OF_ADDRESS = 32;

  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<String, Integer> ofAddress = new ConcurrentHashMap<>();

  /** The right to have one body read, until it is closed; closing again does nothing. */
  final class Place implements AutoCloseable {
    private final String address;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Place(String address) {
      this.address = address;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        ofAddress.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
        open.decrementAndGet();
      }
    }
  }

  /** A place, if there is one left. */
  Optional<Place> enter(String address) {
    Place place = new Place(address);
    boolean isOneOfMost = open.incrementAndGet() <= MOST;
    boolean isOneOfAddress = ofAddress.merge(address, 1, Integer::sum) <= MOST_OF_ADDRESS;
    if (isOneOfMost && isOneOfAddress) {
      return Optional.of(place);
    }
    place.close();
    return Optional.empty();
  }
}
