package org.p2pd.siblings;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.p2pd.cluster.Member;
import org.p2pd.fetch.BlockSource;
import org.p2pd.model.NodeId;
import org.p2pd.spp.client.Peer;

/**
 * The links to siblings: to each in view, and to a few to which a parent referred before they were
 * in view. Thread-safe; links are closed without the lock, for they tell others of it.
 */
final class SiblingLinks implements AutoCloseable {

  /** So many siblings beyond those in view may have links because a parent referred to them. */
  private static final int MAX_REFERRED = 16;

  /** So long a link to one that is not in view stays that brings nothing. */
  private static final Duration UNUSED = Duration.ofSeconds(60);

  private final Function<Member, SiblingLink> maker;
  private final Ticker ticker;

  /** To those in view. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> links = new LinkedHashMap<>();

  /** Of nodes that are not in view, but that a parent referred to; the earliest first. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> referred = new LinkedHashMap<>();

  /** When those were last seen to be used. */
  @GuardedBy("this")
  private final Map<NodeId, Long> usedNanos = new HashMap<>();

  /** Views do not count any more. */
  @GuardedBy("this")
  private boolean fixed;

  @GuardedBy("this")
  private boolean closed;

  /**
   * No links yet.
   *
   * @param maker makes one that has begun; must not wait
   */
  SiblingLinks(Function<Member, SiblingLink> maker, Ticker ticker) {
    this.maker = maker;
    this.ticker = ticker;
  }

  /** There are links to those members alone from now on, and to those referred to. */
  void lead(Collection<Member> siblings) {
    relink(siblings).forEach(SiblingLink::close);
  }

  /** Returns those that are over. */
  private synchronized List<SiblingLink> relink(Collection<Member> siblings) {
    List<SiblingLink> over = new ArrayList<>();
    if (fixed) {
      return over;
    }
    Map<NodeId, SiblingLink> before = new LinkedHashMap<>(links);
    links.clear();
    for (Member member : siblings) {
      Optional<SiblingLink> known =
          taken(before, member, over).or(() -> taken(referred, member, over));
      links.put(
          member.id(), known.map(link -> link.as(member)).orElseGet(() -> maker.apply(member)));
    }
    over.addAll(before.values());
    return over;
  }

  /** The link to a member, taken from among those; one to where it was before is over. */
  private static Optional<SiblingLink> taken(
      Map<NodeId, SiblingLink> among, Member member, List<SiblingLink> over) {
    Optional<SiblingLink> link = Optional.ofNullable(among.remove(member.id()));
    boolean there = link.filter(to -> to.member().address().equals(member.address())).isPresent();
    if (!there) {
      link.ifPresent(over::add);
    }
    return link.filter(to -> there);
  }

  /** The link to a member that a parent named; to one in view it is that to where it is seen. */
  Optional<BlockSource> referred(Member named) {
    List<SiblingLink> over = new ArrayList<>();
    Optional<BlockSource> source = referred(named, over);
    over.forEach(SiblingLink::close);
    return source;
  }

  private synchronized Optional<BlockSource> referred(Member named, List<SiblingLink> over) {
    SiblingLink seen = links.get(named.id());
    if (seen != null || closed) {
      return Optional.ofNullable(seen).map(SiblingLink::source);
    }
    SiblingLink link = taken(referred, named, over).orElseGet(() -> maker.apply(named));
    while (referred.size() >= MAX_REFERRED) {
      SiblingLink earliest = referred.values().iterator().next();
      referred.remove(earliest.member().id());
      over.add(earliest);
    }
    referred.put(named.id(), link);
    usedNanos.put(named.id(), ticker.read());
    return Optional.of(link.source());
  }

  /** Ends what nobody uses any more; called about once a second. */
  void tick() {
    unused().forEach(SiblingLink::close);
  }

  private synchronized List<SiblingLink> unused() {
    List<SiblingLink> over = new ArrayList<>();
    long now = ticker.read();
    usedNanos.keySet().retainAll(referred.keySet());
    for (Iterator<SiblingLink> each = referred.values().iterator(); each.hasNext(); ) {
      SiblingLink link = each.next();
      NodeId id = link.member().id();
      if (link.source().wasUsed()) {
        usedNanos.put(id, now);
      } else if (now - usedNanos.getOrDefault(id, now) >= UNUSED.toNanos()) {
        each.remove();
        over.add(link);
      }
    }
    return over;
  }

  synchronized List<BlockSource> sources() {
    List<BlockSource> sources = new ArrayList<>(links.size() + referred.size());
    links.values().forEach(link -> sources.add(link.source()));
    referred.values().forEach(link -> sources.add(link.source()));
    return sources;
  }

  /** Those in view that can be asked for news. */
  synchronized List<Peer> peers() {
    return links.values().stream()
        .filter(link -> link.source().usable())
        .map(SiblingLink::peer)
        .toList();
  }

  /** What they bring goes on to come, whatever is seen from now on. */
  synchronized void leaveAsTheyAre() {
    fixed = true;
  }

  @Override
  public void close() {
    closeAll().forEach(SiblingLink::close);
  }

  private synchronized List<SiblingLink> closeAll() {
    fixed = true;
    closed = true;
    List<SiblingLink> over = new ArrayList<>(links.values());
    over.addAll(referred.values());
    links.clear();
    referred.clear();
    return over;
  }
}
