package org.p2pd.leases;

import java.time.Duration;

/**
 * What one child was sent of one region, and what it is believed to have of it. Owned by its {@link
 * LeaseTable}.
 *
 * <pre>
 * a leaf:  (not sent) --sent--&gt; ARRIVING --held--&gt; HELD
 *                        ↑          | gone, asked again,      | gone, asked again,
 *                        |          | the lease is over       | an exclusion
 *                        +--------- SENT ←--------------------+
 * </pre>
 *
 * What was sent once may be said to be held at any time afterwards.
 */
final class Claim {

  final Child child;

  private long sent;
  private long arriving;
  private long held;

  /** When the lease of all that is arriving ends. */
  private long deadlineNanos;

  Claim(Child child) {
    this.child = child;
  }

  void sent(long leaves, Duration lease, long nowNanos) {
    long deadline = nowNanos + lease.toNanos();
    if (arriving == Leaves.NONE || deadline - deadlineNanos > 0) {
      deadlineNanos = deadline;
    }
    sent |= leaves;
    arriving |= leaves;
    held &= ~leaves;
  }

  /** The child says that it holds them; of use for what it was sent. */
  void held(long leaves) {
    held |= leaves & sent;
    arriving &= ~leaves;
  }

  /** It does not have them. */
  void gone(long leaves) {
    held &= ~leaves;
    arriving &= ~leaves;
  }

  /** It is not believed any more that it holds them; what is on its way to it stays. */
  void doubted(long leaves) {
    held &= ~leaves;
  }

  /** Takes the lease for over if its time is up. */
  void look(long nowNanos) {
    if (arriving != Leaves.NONE && nowNanos - deadlineNanos >= 0) {
      arriving = Leaves.NONE;
    }
  }

  boolean has(long leaves) {
    return Leaves.covers(held | arriving, leaves);
  }

  boolean holds(long leaves) {
    return Leaves.covers(held, leaves);
  }

  long deadlineNanos() {
    return deadlineNanos;
  }

  @Override
  public String toString() {
    return "%s: sent %x, arriving %x, held %x".formatted(child, sent, arriving, held);
  }
}
