package org.p2pd.leases;

import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;

/**
 * How much of one edition may be sent although another child is receiving it. Owned by its {@link
 * LeaseTable}; time is the table's.
 *
 * <p>Where that child is only slow, a second copy is a favour: 5 % of the edition, of which one
 * asker gets a quarter at most; what was used comes back within ten minutes. Where the asker did
 * not get it from that child it must have it from somewhere: as much as that quarter at once, and
 * 512 KiB a second for good, whatever others use up.
 */
final class SecondCopies {

  /** The part of an edition that may be sent twice. */
  private static final double SHARE = 0.05;

  /** So many askers together may use it up. */
  private static final int ASKERS = 4;

  private static final double COMES_BACK_SECONDS = 600;
  private static final double WITHHELD_PER_SECOND = 512 * 1024;

  /** As many as a group has members; the one that used nothing for the longest is forgotten. */
  private static final int MAX_ACCOUNTS = 256;

  private final Map<NodeId, Account> accounts =
      new LinkedHashMap<>(2, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<NodeId, Account> eldest) {
          return size() > MAX_ACCOUNTS;
        }
      };

  private final Leak ofAll;

  /** What one asker used: of the favour, and because it had to. */
  private record Account(Leak slow, Leak withheld) {}

  SecondCopies(long nowNanos) {
    this.ofAll = new Leak(nowNanos);
  }

  /**
   * How many bytes an asker may be sent now.
   *
   * @param onceBytes how long the edition is, or how much of it was sent once if that is more
   */
  long leftBytes(Ruling.Copy copy, NodeId asker, long onceBytes, long nowNanos) {
    double most = Math.max(BlockSize.REGION_BYTES, SHARE * onceBytes);
    double own = Math.max(BlockSize.REGION_BYTES, most / ASKERS);
    Account account = accounts.get(asker);
    if (copy == Ruling.Copy.WITHHELD) {
      double used = account == null ? 0 : account.withheld.used(WITHHELD_PER_SECOND, nowNanos);
      return (long) (own - used);
    }
    double used = account == null ? 0 : account.slow.used(own / COMES_BACK_SECONDS, nowNanos);
    double left = most - ofAll.used(most / COMES_BACK_SECONDS, nowNanos);
    return (long) Math.min(own - used, left);
  }

  void sent(Ruling.Copy copy, NodeId asker, long bytes, long nowNanos) {
    if (copy == Ruling.Copy.FIRST || copy == Ruling.Copy.EXEMPT) {
      return;
    }
    Account account =
        accounts.computeIfAbsent(asker, id -> new Account(new Leak(nowNanos), new Leak(nowNanos)));
    if (copy == Ruling.Copy.WITHHELD) {
      account.withheld.use(bytes);
    } else {
      account.slow.use(bytes);
      ofAll.use(bytes);
    }
  }
}
