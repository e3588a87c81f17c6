package org.p2pd.leases;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * A parent with a {@link LeaseTable} and caches that all fetch one file, on a virtual clock. A
 * cache does what a real one does: asks for the block at its viewer's position first, then for
 * regions of a window in its own order; follows referrals, passes on what comes from the parent and
 * nothing else, excludes whom it found useless, tells the parent what it holds. Links share their
 * bytes evenly. Some are of another {@link Nature}.
 */
final class Swarm {

  static final BlockSize SIZE = new BlockSize(64 * 1024);
  static final int PER_REGION = SIZE.blocksPerRegion();
  private static final double BLOCK = SIZE.bytes();

  private static final long TICK = 10_000_000;
  private static final long ROUND_TRIP = 10_000_000;
  private static final long NOTICE_AFTER = 100_000_000;
  private static final long KILL_SEEN_AFTER = 1_000_000_000;
  private static final long SILENCE = 1_000_000_000;
  private static final int WINDOW_BLOCKS = 16 * PER_REGION;
  private static final int QUESTIONS = 8;
  private static final int HEADS_EVERY_TICKS = 50;
  private static final long NEWS_AFTER = 200_000_000;
  private static final long RETRY_AFTER = 100_000_000;

  final LeaseTable table = new LeaseTable();
  final List<Cache> caches = new ArrayList<>();
  private final Edition film;
  private final int blocks;
  private final Node server;
  private final Random random;
  private final List<Transfer> transfers = new ArrayList<>();
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos));
  private final Set<NodeId> view = new HashSet<>();
  private long now;
  double serverBytes;

  private record Event(long atNanos, Runnable what) {}

  private final Manners manners;

  /**
   * How caches treat each other.
   *
   * @param holdingsKnown whether they know what others hold, a little later, and ask them first
   * @param spansAtATime sent to siblings; who comes meanwhile is told to come again
   */
  record Manners(boolean holdingsKnown, int spansAtATime) {}

  /** What a cache is like. */
  enum Nature {
    HONEST,
    /**
     * Asks for all of the file again and again, faster than the parent could send it, takes no byte
     * of an answer and says nothing.
     */
    READS_HEADS,
    /** Takes what it is sent, says that it holds it, and gives nobody anything. */
    HOLDS_BACK,
    /** The same, and excludes everyone, so that it is sent all itself. */
    EXCLUDES_ALL
  }

  Swarm(int regions, double serverBytesPerSecond, Manners manners, Random random) {
    this.manners = manners;
    this.film =
        new Edition(
            DigestAlgorithm.SHA_256,
            (long) regions * BlockSize.REGION_BYTES,
            Hash.of(new byte[Hash.BYTES]));
    this.blocks = regions * PER_REGION;
    this.server = new Node("server", serverBytesPerSecond, serverBytesPerSecond);
    this.random = random;
  }

  long lengthBytes() {
    return film.lengthBytes();
  }

  double seconds() {
    return now / 1e9;
  }

  /** When the last of those finished that were up until then, in seconds. */
  double lastFinished() {
    return caches.stream()
        .filter(cache -> cache.mayFinish)
        .mapToDouble(cache -> cache.finishedAt)
        .max()
        .orElseThrow();
  }

  Cache add(double downBytesPerSecond, double upBytesPerSecond) {
    return add(downBytesPerSecond, upBytesPerSecond, Nature.HONEST);
  }

  Cache add(double downBytesPerSecond, double upBytesPerSecond, Nature nature) {
    Cache cache = new Cache("cache " + caches.size(), downBytesPerSecond, upBytesPerSecond, nature);
    caches.add(cache);
    view.add(cache.id);
    return cache;
  }

  private void at(long nanos, Runnable what) {
    events.add(new Event(nanos, what));
  }

  void after(double seconds, Runnable what) {
    at(now + (long) (seconds * 1e9), what);
  }

  /** Runs until all caches that are up have all of the file; false if that takes too long. */
  boolean run(double limitSeconds) {
    while (caches.stream().anyMatch(cache -> cache.mayFinish && !cache.isDone())) {
      if (seconds() > limitSeconds) {
        return false;
      }
      now += TICK;
      while (!events.isEmpty() && events.peek().atNanos() <= now) {
        events.poll().what().run();
      }
      move();
      caches.stream().filter(cache -> cache.up).forEach(Cache::act);
    }
    return true;
  }

  private void move() {
    List<Transfer> active = transfers.stream().filter(Transfer::hasSomething).toList();
    active.forEach(transfer -> transfer.from.sending++);
    active.forEach(transfer -> transfer.to.receiving++);
    active.forEach(Transfer::move);
    for (Cache cache : caches) {
      cache.measure();
    }
    active.forEach(transfer -> transfer.from.sending = 0);
    active.forEach(transfer -> transfer.to.receiving = 0);
    for (Transfer transfer : List.copyOf(transfers)) {
      transfer.endIfOver();
    }
  }

  private static class Node {
    final String name;
    final NodeId id;
    final double downRate;
    final double upRate;
    int transfersFromHere;
    int sending;
    int receiving;

    Node(String name, double downRate, double upRate) {
      this.name = name;
      this.id = LeaseTableTest.id(name);
      this.downRate = downRate;
      this.upRate = upRate;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Blocks that a cache lacks, and whom it does not ask for them. */
  private static final class Want {
    int first;
    int count;
    long notBefore;
    final Set<NodeId> excluded = new LinkedHashSet<>();

    Want(int first, int count) {
      this.first = first;
      this.count = count;
    }
  }

  private enum State {
    MISSING,
    WANTED,
    HELD,
    PLAYED_AND_EVICTED
  }

  /** One of the parent's children. */
  final class Cache extends Node {
    private final State[] state = new State[blocks];
    private final long[] heldSince = new long[blocks];
    private final boolean[] comingFromServer = new boolean[blocks];
    private int transfersFromServer;
    private int transfersInAll;
    private final List<Want> wants = new ArrayList<>();
    private int position;
    private double rate;
    private long serverBytesInTick;
    boolean up = true;

    /** Whether it will be up until it has everything. */
    boolean mayFinish = true;

    double finishedAt;

    private final Nature nature;
    private int nextHead;

    Cache(String name, double downRate, double upRate, Nature nature) {
      super(name, downRate, upRate);
      this.nature = nature;
      this.mayFinish = nature == Nature.HONEST;
      Arrays.fill(state, State.MISSING);
    }

    boolean isDone() {
      return position == blocks;
    }

    private void act() {
      if (nature == Nature.READS_HEADS) {
        readHeads();
        return;
      }
      while (position < blocks && state[position].compareTo(State.HELD) >= 0) {
        position++;
        finishedAt = seconds();
      }
      for (Want want : List.copyOf(wants)) {
        if (want.first == position) {
          want.notBefore = Math.min(want.notBefore, now + ROUND_TRIP);
        }
        if (want.notBefore <= now) {
          wants.remove(want);
          ask(want);
        }
      }
      while (wants.size() + transfersInAll < QUESTIONS) {
        Want want = next();
        if (want == null) {
          return;
        }
        Arrays.fill(state, want.first, want.first + want.count, State.WANTED);
        want.notBefore = now + ROUND_TRIP;
        wants.add(want);
      }
    }

    private void readHeads() {
      if (now / TICK % HEADS_EVERY_TICKS != 0) {
        return;
      }
      for (int i = 0; i < QUESTIONS; i++) {
        decide(new Want(nextHead * PER_REGION, PER_REGION), OptionalLong.empty());
        nextHead = (nextHead + 1) % (blocks / PER_REGION);
      }
    }

    /** The block at the position, else a run in the region of the window that it prefers. */
    private Want next() {
      if (position < blocks && state[position] == State.MISSING) {
        return new Want(position, 1);
      }
      int end = Math.min(blocks, position + WINDOW_BLOCKS);
      int best = -1;
      for (int block = position; block < end; block++) {
        if (state[block] == State.MISSING
            && (best < 0 || preference(block / PER_REGION) < preference(best / PER_REGION))) {
          best = block;
        }
      }
      if (best < 0) {
        return null;
      }
      int regionEnd = Math.min(end, (best / PER_REGION + 1) * PER_REGION);
      int last = best;
      while (last + 1 < regionEnd && state[last + 1] == State.MISSING) {
        last++;
      }
      return new Want(best, last - best + 1);
    }

    private int preference(int region) {
      int mixed = (31 * name.hashCode() + region) * 0x9E3779B9;
      return ((mixed ^ (mixed >>> 15)) * 0x85EBCA6B) >>> 1;
    }

    private void ask(Want want) {
      Cache holder = holder(want);
      if (holder != null) {
        at(now + ROUND_TRIP, () -> askSibling(want, holder.id));
        return;
      }
      LeaseDecision decision =
          decide(want, rate > 0 ? OptionalLong.of((long) rate) : OptionalLong.empty());
      if (decision instanceof LeaseDecision.Serve serve) {
        begin(server, want, serve.span().blockCount());
      } else if (decision instanceof LeaseDecision.Refer refer) {
        at(now + ROUND_TRIP, () -> askSibling(want, refer.to()));
      } else {
        want.notBefore = now + ((LeaseDecision.Later) decision).retryAfter().toNanos();
        wants.add(want);
      }
    }

    private LeaseDecision decide(Want want, OptionalLong says) {
      boolean lies = nature != Nature.HONEST;
      Set<NodeId> excluded = new HashSet<>(want.excluded);
      if (nature == Nature.EXCLUDES_ALL) {
        caches.stream().filter(other -> other != this).forEach(other -> excluded.add(other.id));
      }
      return table.decide(
          new LeaseQuestion(
              film,
              new Span(SIZE, want.first, want.count),
              id,
              want.first == position ? Urgency.PLAY_HEAD : Urgency.READ_AHEAD,
              excluded,
              lies ? OptionalLong.of(1_000_000_000_000L) : says),
          view::contains,
          now);
    }

    /** Who is known to hold the first block, and will have sent it the soonest. */
    private Cache holder(Want want) {
      Cache best = null;
      for (Cache cache : manners.holdingsKnown() ? caches : List.<Cache>of()) {
        if (cache != this
            && view.contains(cache.id)
            && !want.excluded.contains(cache.id)
            && cache.state[want.first] == State.HELD
            && now - cache.heldSince[want.first] >= NEWS_AFTER
            && (best == null || cache.cost() < best.cost())) {
          best = cache;
        }
      }
      return best;
    }

    private double cost() {
      return (transfersFromHere + 1) / upRate;
    }

    private void begin(Node from, Want want, int count) {
      transfers.add(new Transfer(from, this, want.first, count, Set.copyOf(want.excluded)));
      transfersInAll++;
      from.transfersFromHere++;
      if (from == server) {
        transfersFromServer++;
        Arrays.fill(comingFromServer, want.first, want.first + count, true);
      }
      if (count < want.count) {
        Want rest = new Want(want.first + count, want.count - count);
        rest.notBefore = now + ROUND_TRIP;
        wants.add(rest);
      }
    }

    private void askSibling(Want want, NodeId to) {
      if (!up) {
        return;
      }
      Cache sibling =
          caches.stream().filter(cache -> cache.id.equals(to)).findFirst().orElseThrow();
      int has = sibling.up && sibling != this ? sibling.relayable(want.first, want.count) : 0;
      if (has > 0 && sibling.transfersFromHere < manners.spansAtATime()) {
        begin(sibling, want, has);
      } else if (has > 0) {
        want.notBefore = now + RETRY_AFTER;
        wants.add(want);
      } else {
        again(want, sibling);
      }
    }

    /** Asks the parent again, but not to be sent there. */
    private void again(Want want, Node useless) {
      if (want.excluded.size() == 16) {
        want.excluded.remove(want.excluded.iterator().next());
      }
      if (useless != server) {
        want.excluded.add(useless.id);
      }
      want.notBefore = now + ROUND_TRIP;
      wants.add(want);
    }

    /** How many of these blocks, from the first on, it holds or is being sent by the parent. */
    private int relayable(int first, int count) {
      if (nature != Nature.HONEST) {
        return 0;
      }
      int has = 0;
      while (has < count && canPassOn(first + has)) {
        has++;
      }
      return has;
    }

    private boolean canPassOn(int block) {
      return state[block] == State.HELD || comingFromServer[block];
    }

    private void transferEnded(Transfer transfer) {
      transfersInAll--;
      transfer.from.transfersFromHere--;
      if (transfer.from == server) {
        transfersFromServer--;
        Arrays.fill(comingFromServer, transfer.first, transfer.first + transfer.count, false);
      }
    }

    private void received(Transfer transfer, int block) {
      state[block] = State.HELD;
      heldSince[block] = now;
      if (transfer.from == server) {
        serverBytesInTick += SIZE.bytes();
      }
    }

    /** What it lately received from the parent, while it was receiving from it. */
    private void measure() {
      if (transfersFromServer > 0) {
        double perSecond = serverBytesInTick / (TICK / 1e9);
        rate = rate == 0 ? perSecond : 0.98 * rate + 0.02 * perSecond;
      }
      serverBytesInTick = 0;
    }

    /** Tells the parent what became of what it sent, a little later. */
    private void notice(int first, int count, boolean gone) {
      at(
          now + (long) (random.nextDouble() * NOTICE_AFTER) + ROUND_TRIP,
          () -> {
            if (up) {
              List<ByteRange> range =
                  List.of(new Span(SIZE, first, count).bytes(film.lengthBytes()));
              table.noticed(id, film, gone ? List.of() : range, gone ? range : List.of(), now);
            }
          });
    }

    /** It loses a region that its viewer has left behind. */
    void evict(boolean says) {
      int behind = position / PER_REGION;
      if (!up || behind == 0) {
        return;
      }
      int region = random.nextInt(behind);
      Arrays.fill(state, region * PER_REGION, (region + 1) * PER_REGION, State.PLAYED_AND_EVICTED);
      if (says) {
        notice(region * PER_REGION, PER_REGION, true);
      }
    }

    /** Ends with a word to the group. */
    void leave() {
      drop();
      notInView();
    }

    /** Ends without one: the group notices. */
    void kill() {
      drop();
      after(
          KILL_SEEN_AFTER / 1e9,
          () -> {
            if (!up) {
              notInView();
            }
          });
    }

    private void notInView() {
      view.remove(id);
      table.left(id);
    }

    private void drop() {
      up = false;
      wants.clear();
      for (Transfer transfer : List.copyOf(transfers)) {
        if (transfer.from == this) {
          transfer.fail();
        } else if (transfer.to == this) {
          transfers.remove(transfer);
          transfer.seenToEnd();
          transferEnded(transfer);
        }
      }
      for (int block = 0; block < blocks; block++) {
        state[block] = state[block] == State.WANTED ? State.MISSING : state[block];
      }
    }

    /** Comes back with what it held. */
    void comeBack() {
      up = true;
      view.add(id);
    }
  }

  private final class Transfer {
    final Node from;
    final Cache to;
    final int first;
    final int count;
    final Set<NodeId> excluded;
    double bytes;
    private long movedAt;

    Transfer(Node from, Cache to, int first, int count, Set<NodeId> excluded) {
      this.from = from;
      this.to = to;
      this.first = first;
      this.count = count;
      this.excluded = excluded;
      this.movedAt = now + ROUND_TRIP;
    }

    int next() {
      return first + (int) ((bytes + 1e-3) / BLOCK);
    }

    private boolean isThere(int block) {
      return from == server || ((Cache) from).state[block] == State.HELD;
    }

    boolean hasSomething() {
      return now >= movedAt && isThere(next());
    }

    void move() {
      double rate = Math.min(from.upRate / from.sending, to.downRate / to.receiving);
      int before = next();
      int end = before;
      while (end < first + count && isThere(end) && (end - first) * BLOCK < bytes + rate) {
        end++;
      }
      double moved = Math.min(rate * TICK / 1e9, (end - first) * BLOCK - bytes);
      bytes += moved;
      if (from == server) {
        serverBytes += moved;
      }
      movedAt = now;
      for (int block = before; block < next(); block++) {
        to.received(this, block);
      }
    }

    void endIfOver() {
      if (next() == first + count) {
        transfers.remove(this);
        to.transferEnded(this);
        seenToEnd();
        if (from == server) {
          to.notice(first, count, false);
        }
      } else if (now - movedAt > SILENCE
          || (from != server && ((Cache) from).relayable(next(), 1) == 0)) {
        fail();
      }
    }

    /** The parent sees how far it got. */
    private void seenToEnd() {
      if (from != server) {
        return;
      }
      if (next() > first) {
        table.moved(film, new Span(SIZE, first, next() - first), to.id, now);
      }
      if (next() < first + count) {
        table.withdrawn(film, new Span(SIZE, next(), first + count - next()), to.id);
      }
    }

    /** What it did not bring is asked for again. */
    void fail() {
      transfers.remove(this);
      to.transferEnded(this);
      seenToEnd();
      if (next() > first && from == server) {
        to.notice(first, next() - first, false);
      }
      Want rest = new Want(next(), first + count - next());
      rest.excluded.addAll(excluded);
      to.again(rest, from);
    }
  }

  /** Every block that a cache has is held by it; nothing is on its way twice. */
  void check() {
    for (Cache cache : caches) {
      boolean[] coming = new boolean[blocks];
      Iterator<Transfer> all = transfers.stream().filter(t -> t.to == cache).iterator();
      while (all.hasNext()) {
        Transfer transfer = all.next();
        for (int block = transfer.next(); block < transfer.first + transfer.count; block++) {
          if (coming[block] || cache.state[block] != State.WANTED) {
            throw new AssertionError(cache + " gets block " + block + " twice");
          }
          coming[block] = true;
        }
      }
    }
  }
}
