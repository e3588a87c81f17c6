package org.p2pd.holdings;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.store.BlockStore;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.HeldListener;
import org.p2pd.store.Holding;

/**
 * What this node holds, as news for others. Thread-safe; but for {@link #blocksAfter}, which may
 * ask the store about an edition that nobody asked about lately, it is all memory.
 *
 * <p>News is gathered: who waits is told a while after the first piece came, with all that came by
 * then; the more are waiting, the later.
 */
public final class OwnHoldings implements HeldListener, AutoCloseable {

  /** So long after the last question an edition is followed; longer than questions wait. */
  static final Duration FOLLOWED = Duration.ofMinutes(1);

  private final Function<Edition, HeldLeaves> store;
  private final Bounds bounds;
  private final RandomGenerator random;
  private final Ticker ticker;

  @GuardedBy("this")
  private final OwnDigest digest;

  /** The one that was asked about longest ago first. */
  @GuardedBy("this")
  private final Map<EditionId, OwnBlocks> followed = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Waiters waiters;

  @GuardedBy("this")
  private boolean closed;

  /**
   * How much is remembered.
   *
   * @param digestChanges of the digest, eight bytes each; who missed more is told all of it
   * @param blockChanges of one edition: answers that had news of it; who missed more is told all
   * @param followed editions that are followed block by block at once; of others nothing is told
   */
  public record Bounds(int digestChanges, int blockChanges, int followed) {
    public static final Bounds STANDARD = new Bounds(16_384, 128, 1_024);
  }

  /**
   * Nothing was told yet.
   *
   * @param store says what is held of an edition; may read files
   * @param timers runs what is short and never waits
   * @param random for cursors that no other life of this node makes
   */
  public OwnHoldings(
      Function<Edition, HeldLeaves> store,
      Bounds bounds,
      ScheduledExecutorService timers,
      RandomGenerator random,
      Ticker ticker) {
    this.store = store;
    this.bounds = bounds;
    this.random = random;
    this.ticker = ticker;
    this.digest = new OwnDigest(random.nextLong(), bounds.digestChanges());
    this.waiters = new Waiters(timers, this::tell);
  }

  /** What a store holds, now and from now on. */
  public static OwnHoldings of(
      BlockStore store, ScheduledExecutorService timers, RandomGenerator random, Ticker ticker) {
    OwnHoldings own = new OwnHoldings(store::held, Bounds.STANDARD, timers, random, ticker);
    store.listen(own);
    return own;
  }

  // ---- what the store tells -------------------------------------------------------------------

  @Override
  public synchronized void found(Holding about) {
    note(about, false);
  }

  @Override
  public synchronized void counted(Holding now, HeldLeaves all) {
    OwnBlocks blocks = blocks(now.id());
    if (blocks != null) {
      blocks.counted(all);
    }
    note(now, blocks != null);
  }

  @Override
  public synchronized void held(Holding now, ByteRange range) {
    OwnBlocks blocks = blocks(now.id());
    if (blocks != null) {
      blocks.held(range);
    }
    note(now, blocks != null);
  }

  @Override
  public synchronized void gone(Holding now, ByteRange range) {
    OwnBlocks blocks = blocks(now.id());
    if (blocks != null) {
      blocks.gone(range);
    }
    note(now, blocks != null);
  }

  /** An edition's blocks, if somebody asked about them lately. */
  @GuardedBy("this")
  private @Nullable OwnBlocks blocks(EditionId id) {
    return followed.get(id);
  }

  @GuardedBy("this")
  private void note(Holding now, boolean isNews) {
    forgetIdle();
    boolean changed = digest.set(now.id().hash().firstLong(), Eighths.of(now));
    if ((changed || isNews) && !closed) {
      waiters.newsCame();
    }
  }

  private void tell() {
    List<Waiters.Waiter> told = new ArrayList<>();
    synchronized (this) {
      for (Waiters.Waiter waiter : waiters.all()) {
        if (hasNews(waiter.standing, false)) {
          told.add(waiter);
        }
      }
      waiters.told(told);
    }
    told.forEach(waiter -> waiter.news.complete(null));
  }

  // ---- what others ask ------------------------------------------------------------------------

  /** The digest after a cursor: what changed, or all of it; at most so many records. */
  public synchronized DigestNews digestAfter(HoldingsCursor cursor, int maxRecords) {
    return digest.after(cursor, maxRecords);
  }

  /**
   * The blocks of an edition after a cursor: what changed, or all of them; at most so many runs.
   * The edition is followed from now on, for {@link #FOLLOWED}.
   *
   * @param size in which blocks are counted; a cursor is good for one size
   * @return nothing if too many other editions are followed
   */
  public Optional<BlockNews> blocksAfter(
      Edition edition, BlockSize size, HoldingsCursor cursor, int maxRuns) {
    OwnBlocks blocks;
    boolean learned;
    synchronized (this) {
      blocks = follow(edition);
      if (blocks == null) {
        return Optional.empty();
      }
      learned = blocks.isLearned();
    }
    if (!learned) {
      HeldLeaves held = store.apply(edition); // not under the lock: it may read files
      synchronized (this) {
        blocks.learn(held);
      }
    }
    synchronized (this) {
      return Optional.of(blocks.after(cursor, size, maxRuns));
    }
  }

  @GuardedBy("this")
  private @Nullable OwnBlocks follow(Edition edition) {
    forgetIdle();
    OwnBlocks blocks = followed.remove(edition.id());
    if (blocks == null) {
      if (followed.size() >= bounds.followed()) {
        return null;
      }
      blocks = new OwnBlocks(edition, random.nextLong(), bounds.blockChanges());
    }
    blocks.asked(ticker.read());
    followed.put(edition.id(), blocks);
    return blocks;
  }

  @GuardedBy("this")
  private void forgetIdle() {
    long now = ticker.read();
    Iterator<OwnBlocks> eldest = followed.values().iterator();
    while (eldest.hasNext() && now - eldest.next().askedNanos() > FOLLOWED.toNanos()) {
      eldest.remove();
    }
  }

  /**
   * Completes when there is news after where someone stands, gathered for a while; at once if that
   * someone lacks the beginning or the end of an answer, or there is news that others were told
   * already. Whoever no longer waits completes it. Callers' stages run on the timers' thread.
   */
  public CompletableFuture<Void> changedAfter(Standing standing) {
    Waiters.Waiter waiter = new Waiters.Waiter(standing);
    boolean now;
    synchronized (this) {
      now =
          closed || hasNews(standing, true) || (!waiters.isGathering() && hasNews(standing, false));
      if (!now) {
        waiters.add(waiter);
      }
    }
    if (now) {
      waiter.news.complete(null);
      return waiter.news;
    }
    CompletableFuture<?> unused = waiter.news.whenComplete((nothing, failure) -> forget(waiter));
    return waiter.news;
  }

  private synchronized void forget(Waiters.Waiter waiter) {
    waiters.remove(waiter);
  }

  /** Whether there is news for someone, or, urgently, news that is not to be gathered. */
  @GuardedBy("this")
  private boolean hasNews(Standing standing, boolean urgently) {
    if (standing.digest().isPresent()) {
      HoldingsCursor cursor = standing.digest().get();
      if (urgently ? digest.isUrgent(cursor) : digest.hasNews(cursor)) {
        return true;
      }
    }
    for (Standing.OfEdition one : standing.editions()) {
      OwnBlocks blocks = followed.get(one.edition().id());
      if (blocks == null || !blocks.isLearned()) {
        return true;
      }
      if (urgently
          ? blocks.isUrgent(one.cursor(), one.size())
          : blocks.hasNews(one.cursor(), one.size())) {
        return true;
      }
    }
    return false;
  }

  /** How many are waiting. */
  public synchronized int waitingCount() {
    return waiters.count();
  }

  synchronized int followedCount() {
    return followed.size();
  }

  /** Ends all waiting, now and from now on. */
  @Override
  public void close() {
    List<Waiters.Waiter> all;
    synchronized (this) {
      closed = true;
      all = waiters.takeAll();
      followed.clear();
    }
    all.forEach(waiter -> waiter.news.complete(null));
  }
}
