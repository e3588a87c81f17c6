package org.p2pd.leases;

import java.util.ArrayList;
import java.util.List;
import org.p2pd.model.NodeId;

/**
 * What one child was sent of one region, and what it is believed to have of it. Owned by its {@link
 * LeaseTable}.
 *
 * <pre>
 * a leaf:  (not sent) --sent--&gt; ARRIVING --held--&gt; HELD
 *              ↑         ↑        | gone, asked again,      | gone, asked again
 *              |         |        | the lease is over       |
 *              |         +------ SENT ←---------------------+
 *              +------- not sent after all, refuted
 * </pre>
 *
 * What was sent may be said to be held at any time afterwards. Leaves are <em>refuted</em> if two
 * askers exclude the child for them: they are neither leased to it nor believed to be held again
 * before it takes bytes of an answer with them. One asker alone may lie.
 */
final class Claim {

  /** Of more that exclude the child the earliest is forgotten. */
  private static final int MAX_DOUBTS = 4;

  final Child child;

  private long sent;
  private long held;
  private long refuted;
  private final List<Lease> leases = new ArrayList<>(1);
  private final List<Doubt> doubts = new ArrayList<>(0);

  /** Who asked the child and went away empty, and for what. */
  private record Doubt(NodeId by, long leaves) {}

  Claim(Child child) {
    this.child = child;
  }

  /** They are sent; nobody counts on that unless they are leased, too. */
  void sent(long leaves) {
    endLeases(leaves);
    sent |= leaves;
    held &= ~leaves;
  }

  boolean wasSent(long leaves) {
    return (sent & leaves) == leaves;
  }

  void leased(Lease lease) {
    leases.add(lease);
  }

  boolean isRefuted(long leaves) {
    return (refuted & leaves) != Leaves.NONE;
  }

  /** An answer with these goes on, or was taken whole. */
  void moved(long leaves, long nowNanos) {
    refuted &= ~leaves;
    doubts.replaceAll(doubt -> new Doubt(doubt.by, doubt.leaves & ~leaves));
    doubts.removeIf(doubt -> doubt.leaves == Leaves.NONE);
    for (Lease lease : leases) {
      if ((lease.leaves & leaves) != Leaves.NONE) {
        lease.moved(nowNanos);
      }
    }
  }

  /** They were not sent after all; what was said to be held meanwhile is. */
  void withdrawn(long leaves) {
    endLeases(leaves);
    sent &= held | ~leaves;
  }

  /**
   * The child says that it holds them; of use for what it was sent and is not refuted.
   *
   * @return whether it was of use
   */
  boolean held(long leaves) {
    long believed = leaves & sent & ~refuted;
    endLeases(leaves);
    held |= believed;
    return believed != Leaves.NONE;
  }

  /** It does not have them. */
  void gone(long leaves) {
    endLeases(leaves);
    held &= ~leaves;
  }

  /**
   * An asker does not want to be sent there for them, so it was there in vain, or says so. Another
   * one that says the same refutes it.
   */
  void excluded(NodeId by, long leaves) {
    long again = Leaves.NONE;
    long mine = leaves;
    for (Doubt doubt : doubts) {
      if (doubt.by.equals(by)) {
        mine |= doubt.leaves;
      } else {
        again |= doubt.leaves & leaves;
      }
    }
    doubts.removeIf(doubt -> doubt.by.equals(by));
    doubts.add(new Doubt(by, mine));
    if (doubts.size() > MAX_DOUBTS) {
      doubts.remove(0);
    }
    refuted |= again;
    held &= ~again;
    endLeases(again);
  }

  private void endLeases(long leaves) {
    leases.forEach(lease -> lease.leaves &= ~leaves);
    leases.removeIf(lease -> lease.leaves == Leaves.NONE);
  }

  /** Ends the leases whose time is up. */
  void look(long nowNanos) {
    leases.removeIf(lease -> lease.leftNanos(child, nowNanos) <= 0);
  }

  private long arriving() {
    long arriving = Leaves.NONE;
    for (Lease lease : leases) {
      arriving |= lease.leaves;
    }
    return arriving;
  }

  boolean has(long leaves) {
    return Leaves.covers(held | arriving(), leaves);
  }

  boolean holds(long leaves) {
    return Leaves.covers(held, leaves);
  }

  /** When the first lease of any of these ends, if nothing more is heard. */
  long leftNanos(long leaves, long nowNanos) {
    return leases.stream()
        .filter(lease -> (lease.leaves & leaves) != Leaves.NONE)
        .mapToLong(lease -> lease.leftNanos(child, nowNanos))
        .min()
        .orElse(0);
  }

  @Override
  public String toString() {
    return "%s: sent %x, arriving %s, held %x".formatted(child, sent, leases, held);
  }
}
