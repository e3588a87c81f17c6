package org.p2pd.holdings;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;

/**
 * What others say that they hold: hints, which cost a question when they are wrong. Thread-safe, in
 * memory, cheap to ask.
 *
 * <p>Of every edition that a sibling holds something of, its digest tells how much (half a byte of
 * memory). Of editions that are {@linkplain #active active} here some siblings are also asked which
 * blocks; {@link SubscriptionChoice} says whom. Each link to a sibling feeds its own {@link
 * Claims}.
 */
public final class KnownHoldings {

  /** A sibling whose digest has more editions than that is not believed. */
  public static final int MOST_EDITIONS = OwnDigest.MOST_EDITIONS;

  /** So many records are taken at once under the lock: others want to ask meanwhile. */
  private static final int SLICE = 1_024;

  private final NodeId self;
  private final Ticker ticker;

  @GuardedBy("this")
  private final EditionRows rows;

  @GuardedBy("this")
  private final Map<NodeId, Claims> siblings = new HashMap<>();

  @GuardedBy("this")
  private final Interest interest;

  /** What to ask each sibling about; nothing while that has to be chosen anew. */
  @GuardedBy("this")
  private @Nullable Map<NodeId, List<Edition>> chosen;

  /**
   * Nothing is known.
   *
   * @param self this node
   */
  public KnownHoldings(NodeId self, RandomGenerator random, Ticker ticker) {
    this.self = self;
    this.ticker = ticker;
    this.rows = new EditionRows(random.nextLong());
    this.interest = new Interest(ticker);
  }

  // ---- what the fetch loop asks ---------------------------------------------------------------

  /** How much of an edition a sibling claims: 0 (nothing) to 8 (all), rounded up. */
  public synchronized int eighths(NodeId sibling, EditionId edition) {
    Claims claims = siblings.get(sibling);
    return claims == null ? 0 : claims.of.eighths(edition);
  }

  /**
   * The end (exclusive) of the bytes from {@code position} on that a sibling claims to hold; {@code
   * position} if it does not claim that one, or it is not known where the part lies that it holds.
   */
  public synchronized long claimedUntil(NodeId sibling, Edition edition, long position) {
    Claims claims = siblings.get(sibling);
    return claims == null ? position : claims.of.until(edition, position);
  }

  /**
   * Whether a sibling may hold that byte although it does not claim it: it holds a part of the
   * edition, and nobody knows which. {@link SubscriptionChoice} has bounds, so a block may be found
   * at those only that are not asked about it.
   */
  public synchronized boolean mayHold(NodeId sibling, Edition edition, long position) {
    Claims claims = siblings.get(sibling);
    return claims != null && claims.of.mayHold(edition, position);
  }

  /**
   * It does not hold those bytes: that it claimed them, or may have them, does not count until it
   * has news of the edition, for 10 s at most.
   */
  public void stale(NodeId sibling, Edition edition, ByteRange range) {
    List<Runnable> told = List.of();
    synchronized (this) {
      Claims claims = siblings.get(sibling);
      if (claims == null) {
        return;
      }
      boolean wasPartial = claims.of.isPartial(edition.id());
      claims.of.stale.add(edition.id(), range);
      if (wasPartial != claims.of.isPartial(edition.id()) && interest.contains(edition.id())) {
        told = changed();
      }
    }
    told.forEach(Runnable::run);
  }

  /** An edition is being fetched for one more. */
  public void active(Edition edition) {
    List<Runnable> told;
    synchronized (this) {
      told = interest.add(edition) ? changed() : List.of();
    }
    told.forEach(Runnable::run);
  }

  /**
   * It is no longer fetched for one of those; siblings are asked about it for some time yet.
   *
   * @throws IllegalStateException if it is active for nobody
   */
  public void idle(Edition edition) {
    List<Runnable> told;
    synchronized (this) {
      told = interest.remove(edition) ? changed() : List.of();
    }
    told.forEach(Runnable::run);
  }

  /** How many editions are claimed by anyone. */
  public synchronized int editionCount() {
    return rows.count();
  }

  // ---- whom to ask about which blocks ---------------------------------------------------------

  /** What is to be asked may be other than before: those who are to be told so. */
  @GuardedBy("this")
  private List<Runnable> changed() {
    chosen = null;
    List<Runnable> told = new ArrayList<>();
    for (Claims claims : siblings.values()) {
      told.add(claims.subscriptionsChanged);
    }
    return told;
  }

  @GuardedBy("this")
  private Map<NodeId, List<Edition>> chosen() {
    Map<NodeId, List<Edition>> known = interest.expire() ? null : chosen;
    if (known == null) {
      known = SubscriptionChoice.choose(self, candidates());
      for (Claims claims : siblings.values()) {
        claims.of.keepOnly(known.getOrDefault(claims.sibling, List.of()));
      }
      chosen = known;
    }
    return known;
  }

  @GuardedBy("this")
  private List<SubscriptionChoice.Candidate> candidates() {
    List<SubscriptionChoice.Candidate> candidates = new ArrayList<>();
    for (Edition edition : interest.latestFirst()) {
      List<NodeId> holders = new ArrayList<>();
      for (Claims claims : siblings.values()) {
        if (claims.of.isPartial(edition.id())) {
          holders.add(claims.sibling);
        }
      }
      if (!holders.isEmpty()) {
        candidates.add(new SubscriptionChoice.Candidate(edition, holders));
      }
      if (candidates.size() == SubscriptionChoice.MOST_EDITIONS) {
        break;
      }
    }
    return candidates;
  }

  // ---- what links bring -----------------------------------------------------------------------

  /**
   * Begins with what a sibling says; what an earlier link to it brought is void.
   *
   * @param subscriptionsChanged called when it may have to be asked about other editions than
   *     before; must not block
   */
  public Claims join(NodeId sibling, Runnable subscriptionsChanged) {
    Claims fresh = new Claims(sibling, subscriptionsChanged);
    Claims before;
    synchronized (this) {
      before = siblings.put(sibling, fresh);
    }
    if (before != null) {
      before.close();
    }
    return fresh;
  }

  /** What one sibling claims, as its link brings it. Closed, it takes nothing any more. */
  public final class Claims implements AutoCloseable {

    private final NodeId sibling;
    private final Runnable subscriptionsChanged;

    /** Guarded by the lock of all. */
    private final SiblingClaims of;

    @GuardedBy("KnownHoldings.this")
    private boolean closed;

    private Claims(NodeId sibling, Runnable subscriptionsChanged) {
      this.sibling = sibling;
      this.subscriptionsChanged = subscriptionsChanged;
      this.of = new SiblingClaims(rows, ticker);
    }

    /**
     * What to ask it about now, block by block; at most {@link SubscriptionChoice#MOST_EDITIONS}.
     */
    public List<Edition> subscriptions() {
      synchronized (KnownHoldings.this) {
        return closed ? List.of() : List.copyOf(chosen().getOrDefault(sibling, List.of()));
      }
    }

    /** News of its digest. While one comes anew in parts, the old one counts. */
    public void heard(DigestNews news) {
      if (news.anew()) {
        beginAnew();
      }
      for (int from = 0; from < news.records().count(); from += SLICE) {
        take(news.records(), from, Math.min(news.records().count(), from + SLICE));
      }
      if (!news.more()) {
        endAnew();
      }
    }

    private void beginAnew() {
      Column unfinished;
      synchronized (KnownHoldings.this) {
        unfinished = of.dropComing();
        of.beginAnew();
      }
      letGo(unfinished);
    }

    private void take(DigestRecords records, int from, int end) {
      List<Runnable> told = List.of();
      synchronized (KnownHoldings.this) {
        if (closed) {
          return;
        }
        boolean other = false;
        for (int i = from; i < end; i++) {
          boolean partly = of.take(records.key(i), records.eighths(i));
          other |= partly && interest.hasKey(records.key(i));
        }
        if (other) {
          told = changed();
        }
      }
      told.forEach(Runnable::run);
    }

    private void endAnew() {
      List<Runnable> told;
      Column old;
      synchronized (KnownHoldings.this) {
        if (closed || !of.isComing()) {
          return;
        }
        old = of.endAnew();
        told = interest.isEmpty() ? List.of() : changed();
      }
      told.forEach(Runnable::run);
      letGo(old);
    }

    /**
     * News of the blocks of an edition, which count if it is still to be asked about them.
     *
     * @return false if that continues something that is not known here: it has to be asked anew
     */
    public boolean heard(Edition edition, BlockSize size, BlockNews news) {
      synchronized (KnownHoldings.this) {
        return !closed
            && chosen().getOrDefault(sibling, List.of()).contains(edition)
            && of.take(edition, size, news);
      }
    }

    /** It tells nothing of the blocks of that edition. */
    public void untold(Edition edition) {
      synchronized (KnownHoldings.this) {
        of.dropBlocks(edition.id());
      }
    }

    /** Nothing that it said until now counts any more. */
    public void restart() {
      drop(false);
    }

    /** Nothing that it said counts any more, nor what its link still brings. */
    @Override
    public void close() {
      drop(true);
    }

    private void drop(boolean forGood) {
      List<Runnable> told;
      List<@Nullable Column> old = new ArrayList<>();
      synchronized (KnownHoldings.this) {
        if (closed) {
          return;
        }
        if (forGood) {
          closed = true;
          siblings.remove(sibling, this);
        }
        old.add(of.dropComing());
        old.add(of.clear());
        told = interest.isEmpty() ? List.of() : changed();
      }
      told.forEach(Runnable::run);
      old.forEach(this::letGo);
    }

    /** Lets go of the editions of a digest that counts no more. */
    private void letGo(@Nullable Column column) {
      int row = 0;
      while (column != null && row >= 0) {
        synchronized (KnownHoldings.this) {
          row = column.release(rows, row, 8 * SLICE);
        }
      }
    }
  }
}
