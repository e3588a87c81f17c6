package org.p2pd.upstream;

import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Span;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.SppLimits;

/**
 * Tells one parent what became of the blocks that it leased to this node (docs/spp.md section 4.1):
 * gathered, at most one message every 100 ms. What cannot be told is dropped: leases run out by
 * themselves. Thread-safe.
 */
final class LeaseNotices {

  static final Duration INTERVAL = Duration.ofMillis(100);

  /**
   * So many pieces wait at most; of what comes beyond, the parent learns when its lease is over.
   */
  static final int MAX_PENDING = 4_096;

  /** Of so many editions it is known that this parent leased something of them. */
  private static final int MAX_EDITIONS = 1_024;

  /** Runs something after a while. */
  interface Timer {
    void after(Duration pause, Runnable step);
  }

  private final BooleanSupplier usable;
  private final BiPredicate<Edition, ByteRange> held;
  private final BiConsumer<EditionId, LeaseNotice> post;
  private final Timer timer;

  /** What is to be told, by edition, the longest waiting first. */
  @GuardedBy("this")
  private final Map<EditionId, Pending> pending = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<EditionId, Boolean> leased = leasedEditions();

  @GuardedBy("this")
  private boolean scheduled;

  /**
   * Notices to one parent.
   *
   * @param usable whether it can be told anything
   * @param held whether this node holds bytes
   * @param post sends a notice; must not wait
   */
  LeaseNotices(
      BooleanSupplier usable,
      BiPredicate<Edition, ByteRange> held,
      BiConsumer<EditionId, LeaseNotice> post,
      Timer timer) {
    this.usable = usable;
    this.held = held;
    this.post = post;
    this.timer = timer;
  }

  private static Map<EditionId, Boolean> leasedEditions() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<EditionId, Boolean> eldest) {
        return size() > MAX_EDITIONS;
      }
    };
  }

  /** Positions of one edition; what is in one set is not in the other. */
  private static final class Pending {
    final RangeSet<Long> held = TreeRangeSet.create();
    final RangeSet<Long> gone = TreeRangeSet.create();

    void add(ByteRange range, boolean isHeld) {
      Range<Long> positions = Range.closedOpen(range.first(), range.last() + 1);
      (isHeld ? held : gone).add(positions);
      (isHeld ? gone : held).remove(positions);
    }

    int size() {
      return held.asRanges().size() + gone.asRanges().size();
    }
  }

  /** A question has ended whose blocks were leased: what came was stored by now, or it was not. */
  void ended(Edition edition, Span span) {
    long length = edition.lengthBytes();
    List<ByteRange> here = new ArrayList<>();
    List<ByteRange> missing = new ArrayList<>();
    for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
      ByteRange bytes = new Span(span.blockSize(), block, 1).bytes(length);
      (held.test(edition, bytes) ? here : missing).add(bytes);
    }
    tell(edition.id(), here, missing, true);
  }

  /** This node does not hold these bytes any more. */
  void evicted(EditionId edition, ByteRange range) {
    tell(edition, List.of(), List.of(range), false);
  }

  private synchronized void tell(
      EditionId edition, List<ByteRange> here, List<ByteRange> missing, boolean isLeased) {
    if (isLeased) {
      leased.put(edition, true);
    }
    int waiting = pending.values().stream().mapToInt(Pending::size).sum();
    if (!usable.getAsBoolean() || !leased.containsKey(edition) || waiting >= MAX_PENDING) {
      return;
    }
    Pending news = pending.computeIfAbsent(edition, id -> new Pending());
    here.forEach(range -> news.add(range, true));
    missing.forEach(range -> news.add(range, false));
    scheduleLocked();
  }

  @GuardedBy("this")
  private void scheduleLocked() {
    if (!scheduled && !pending.isEmpty()) {
      scheduled = true;
      timer.after(INTERVAL, this::send);
    }
  }

  private void send() {
    EditionId edition;
    LeaseNotice notice;
    synchronized (this) {
      scheduled = false;
      if (!usable.getAsBoolean()) {
        pending.clear();
      }
      edition = pending.isEmpty() ? null : pending.keySet().iterator().next();
      notice = edition == null ? null : takeLocked(edition);
      scheduleLocked();
    }
    if (edition != null && notice != null) {
      post.accept(edition, notice);
    }
  }

  /** The next notice about an edition; what does not fit waits behind the other editions. */
  @GuardedBy("this")
  private @Nullable LeaseNotice takeLocked(EditionId edition) {
    Pending news = pending.remove(edition);
    if (news == null) {
      return null;
    }
    List<ByteRange> gone = take(news.gone, SppLimits.MAX_LEASE_PAIRS);
    List<ByteRange> here = take(news.held, SppLimits.MAX_LEASE_PAIRS - gone.size());
    if (news.size() > 0) {
      pending.put(edition, news);
    }
    return new LeaseNotice(here, gone);
  }

  private static List<ByteRange> take(RangeSet<Long> from, int most) {
    List<ByteRange> taken = new ArrayList<>();
    Iterator<Range<Long>> ranges = List.copyOf(from.asRanges()).iterator();
    while (taken.size() < most && ranges.hasNext()) {
      Range<Long> range = ranges.next();
      taken.add(new ByteRange(range.lowerEndpoint(), range.upperEndpoint() - 1));
      from.remove(range);
    }
    return taken;
  }
}
