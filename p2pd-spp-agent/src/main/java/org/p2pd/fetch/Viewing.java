package org.p2pd.fetch;

import java.util.LinkedHashSet;
import java.util.Set;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/** One stream that lacks bytes, as the fetch loop sees it. Its fields are confined to the loop. */
final class Viewing {

  final CacheStream stream;
  final Edition edition;
  final ByteRange range;

  /** The urgency of the block at the reading position, and of what lies further ahead. */
  final Urgency headUrgency;

  final Urgency aheadUrgency;

  /** Whether what it lacks is to be fetched; else it takes what comes for others. */
  final boolean fetches;

  /** What it waits for or is about to read. */
  final Set<Arrival> joined = new LinkedHashSet<>();

  private final RateMeter taken;

  long position;

  /** Everything before it that lies ahead of the position was asked for. */
  long frontier;

  /** Up to where is to be asked for. */
  long target;

  /** It had its first block, or the memory for it. */
  boolean admitted;

  /** What it fetches cannot be kept. */
  boolean passing;

  boolean begun;
  boolean closed;
  boolean waitsForHead;
  boolean waitsForAhead;

  Viewing(CacheStream stream, ReadRequest request, long nowNanos) {
    this.stream = stream;
    this.edition = request.edition();
    this.range = request.range();
    this.fetches = request.fetching() == Fetching.MISSING;
    this.headUrgency = request.urgency();
    this.aheadUrgency =
        request.urgency() == Urgency.PLAY_HEAD ? Urgency.READ_AHEAD : request.urgency();
    this.position = range.first();
    this.frontier = range.first();
    this.target = range.first();
    this.taken = new RateMeter(nowNanos);
  }

  void moveTo(long to, long nowNanos) {
    if (to > position) {
      taken.add(to - position, nowNanos);
      position = to;
      frontier = Math.max(frontier, to);
    }
  }

  double bytesPerSecond(long nowNanos) {
    return taken.perSecond(nowNanos);
  }

  long remainingBytes() {
    return range.last() + 1 - position;
  }

  /** It has taken something since it began. */
  boolean hasTaken() {
    return position > range.first();
  }
}
