package org.p2pd.cluster.sockets;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Those who have connected and not said hello, or wait for a thread since. Half of the places are
 * for addresses that are known. When a network has its share, or a half is full, the one that has
 * been silent the longest goes: whoever has something to say says it at once. Confined to the
 * thread that accepts.
 */
final class WaitingRoom {

  /** The most in each half. */
  static final int MAX = 128;

  /** The most of one network, and of one known address. */
  static final int MAX_OF_ONE = 32;

  /** In the order in which they came. */
  private final Set<Caller> known = new LinkedHashSet<>();

  private final Set<Caller> strangers = new LinkedHashSet<>();

  private Set<Caller> half(Caller caller) {
    return caller.isKnown() ? known : strangers;
  }

  /** Lets it in; returns the one that has to go. */
  Optional<Caller> enter(Caller caller) {
    Set<Caller> half = half(caller);
    List<Caller> same =
        half.stream().filter(other -> other.countedAs().equals(caller.countedAs())).toList();
    Optional<Caller> goes = Optional.empty();
    if (same.size() >= MAX_OF_ONE) {
      goes = longestSilent(same);
    } else if (half.size() >= MAX) {
      goes = longestSilent(half);
    }
    goes.ifPresent(half::remove);
    half.add(caller);
    return goes;
  }

  private static Optional<Caller> longestSilent(Collection<Caller> among) {
    return among.stream()
        .filter(caller -> !caller.isReady())
        .findFirst()
        .or(() -> among.stream().findFirst());
  }

  /** Those who have said hello, in the order in which they came. */
  List<Caller> ready() {
    return all().stream().filter(Caller::isReady).toList();
  }

  void leave(Caller caller) {
    half(caller).remove(caller);
  }

  /** Those who came so long ago; they leave. */
  List<Caller> silentFor(long nanos, long nowNanos) {
    List<Caller> late = new ArrayList<>();
    for (Set<Caller> half : List.of(known, strangers)) {
      for (Caller caller : half) {
        if (nowNanos - caller.sinceNanos() < nanos) {
          break;
        }
        late.add(caller);
      }
    }
    late.forEach(this::leave);
    return late;
  }

  boolean isEmpty() {
    return known.isEmpty() && strangers.isEmpty();
  }

  /** All of them. */
  List<Caller> all() {
    List<Caller> all = new ArrayList<>(known);
    all.addAll(strangers);
    return all;
  }
}
