package org.p2pd.cluster.jgroups;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jgroups.stack.IpAddress;
import org.p2pd.cluster.Seed;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where members may be found: so many places at most, those named last. Thread-safe. */
final class SeedList {

  private static final Logger LOG = LoggerFactory.getLogger(SeedList.class);

  static final int MAX = 256;

  /** The most addresses of one name that are tried. */
  private static final int MAX_ADDRESSES = 4;

  @GuardedBy("this")
  private final Set<Seed> seeds = new LinkedHashSet<>();

  /** Whether there is one among them that was not known. */
  synchronized boolean add(Collection<Seed> more) {
    boolean anyNew = false;
    for (Seed seed : more) {
      anyNew |= !seeds.remove(seed);
      seeds.add(seed); // behind the others
    }
    while (seeds.size() > MAX) {
      seeds.remove(seeds.iterator().next());
    }
    return anyNew;
  }

  /** Their addresses. Looks names up, which may take long. */
  List<IpAddress> places() {
    List<Seed> named;
    synchronized (this) {
      named = List.copyOf(seeds);
    }
    Set<IpAddress> places = new LinkedHashSet<>();
    for (Seed seed : named) {
      try {
        InetAddress[] addresses = InetAddress.getAllByName(seed.host());
        for (int i = 0; i < Math.min(addresses.length, MAX_ADDRESSES); i++) {
          places.add(new IpAddress(addresses[i], seed.port()));
        }
      } catch (UnknownHostException e) {
        LOG.debug("{} cannot be looked up: {}", seed, e.toString());
      }
    }
    return places.stream().limit(MAX).toList();
  }
}
