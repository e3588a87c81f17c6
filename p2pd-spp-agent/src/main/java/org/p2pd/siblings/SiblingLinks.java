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
import org.p2pd.fetch.BlockSource;
import org.p2pd.model.NodeId;
import org.p2pd.spp.client.Peer;

/**
 * The links to siblings: to each in view, and to a few to which a parent referred before they were
 * in view. So many new ones are made each second: one member that fills a view must not make this
 * node talk to hundreds at once. Who goes out of view has a second to come back. Thread-safe; links
 * are closed without the lock, for they tell others of it.
 */
final class SiblingLinks implements AutoCloseable {

  /** So many siblings beyond those in view may have links because a parent referred to them. */
  private static final int MAX_REFERRED = 16;

  /** So many links are made from one tick to the next. */
  static final int NEW_IN_A_TICK = 16;

  /** Who is out of view for more ticks than this has gone. */
  private static final int TICKS_TO_COME_BACK = 1;

  /** A link to one that went out of view. */
  private record Fading(SiblingLink link, int ticks) {}

  /** So long a link to one that is not in view stays that brings nothing. */
  private static final Duration UNUSED = Duration.ofSeconds(60);

  private final Function<Sibling, SiblingLink> maker;
  private final Ticker ticker;

  /** To those in view. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> links = new LinkedHashMap<>();

  /** Of nodes that are not in view, but that a parent referred to; the earliest first. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> referred = new LinkedHashMap<>();

  @GuardedBy("this")
  private final Map<NodeId, Fading> fading = new LinkedHashMap<>();

  /** Those in view, also when they have no link yet. */
  @GuardedBy("this")
  private List<Sibling> inView = List.of();

  @GuardedBy("this")
  private int mayBeMade = NEW_IN_A_TICK;

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
  SiblingLinks(Function<Sibling, SiblingLink> maker, Ticker ticker) {
    this.maker = maker;
    this.ticker = ticker;
  }

  /** There are links to those siblings alone from now on, and to those referred to. */
  void lead(Collection<Sibling> siblings) {
    List<SiblingLink> over = new ArrayList<>();
    relink(List.copyOf(siblings), over);
    over.forEach(SiblingLink::close);
  }

  /**
   * About a second has passed: more links may be made, who did not come back has gone, and what
   * nobody uses any more ends.
   *
   * @return whether links were made
   */
  boolean tick() {
    List<SiblingLink> over = new ArrayList<>();
    boolean made = tick(over);
    over.forEach(SiblingLink::close);
    return made;
  }

  private synchronized boolean tick(List<SiblingLink> over) {
    if (fixed) {
      return false;
    }
    over.addAll(unused());
    fading.replaceAll((id, one) -> new Fading(one.link, one.ticks + 1));
    for (Fading one : List.copyOf(fading.values())) {
      if (one.ticks > TICKS_TO_COME_BACK) {
        fading.remove(one.link.sibling().id());
        over.add(one.link);
      }
    }
    mayBeMade = NEW_IN_A_TICK;
    int before = links.size();
    if (before < inView.size()) {
      relink(inView, over);
    }
    return links.size() > before;
  }

  private synchronized void relink(List<Sibling> siblings, List<SiblingLink> over) {
    if (fixed) {
      return;
    }
    inView = siblings;
    Map<NodeId, SiblingLink> before = new LinkedHashMap<>(links);
    links.clear();
    for (Sibling sibling : siblings) {
      taken(before, sibling, over)
          .or(() -> taken(referred, sibling, over))
          .or(() -> back(sibling, over))
          .or(() -> made(sibling))
          .ifPresent(link -> links.put(sibling.id(), link));
    }
    for (SiblingLink gone : before.values()) {
      gone.source().inView(false);
      fading.put(gone.sibling().id(), new Fading(gone, 0));
    }
  }

  /** The link to one that has come back in time. */
  private synchronized Optional<SiblingLink> back(Sibling sibling, List<SiblingLink> over) {
    Fading faded = fading.remove(sibling.id());
    if (faded == null) {
      return Optional.empty();
    }
    Map<NodeId, SiblingLink> one = new LinkedHashMap<>(Map.of(sibling.id(), faded.link));
    Optional<SiblingLink> link = taken(one, sibling, over);
    link.ifPresent(back -> back.source().inView(true));
    return link;
  }

  private synchronized Optional<SiblingLink> made(Sibling sibling) {
    if (mayBeMade == 0) {
      return Optional.empty();
    }
    mayBeMade--;
    return Optional.of(maker.apply(sibling));
  }

  /** The link to a sibling, taken from among those; one to where it was before is over. */
  private static Optional<SiblingLink> taken(
      Map<NodeId, SiblingLink> among, Sibling sibling, List<SiblingLink> over) {
    Optional<SiblingLink> link = Optional.ofNullable(among.remove(sibling.id()));
    boolean there = link.filter(to -> to.sibling().equals(sibling)).isPresent();
    if (!there) {
      link.ifPresent(over::add);
    }
    return link.filter(to -> there);
  }

  /** The link to a sibling that a parent named; to one in view it is that to where it is seen. */
  Optional<BlockSource> referred(Sibling named) {
    List<SiblingLink> over = new ArrayList<>();
    Optional<BlockSource> source = referred(named, over);
    over.forEach(SiblingLink::close);
    return source;
  }

  private synchronized Optional<BlockSource> referred(Sibling named, List<SiblingLink> over) {
    SiblingLink seen = links.get(named.id());
    if (seen != null || closed) {
      return Optional.ofNullable(seen).map(SiblingLink::source);
    }
    Optional<SiblingLink> link =
        taken(referred, named, over).or(() -> back(named, over)).or(() -> made(named));
    if (link.isEmpty()) {
      return Optional.empty();
    }
    while (referred.size() >= MAX_REFERRED) {
      SiblingLink earliest = referred.values().iterator().next();
      referred.remove(earliest.sibling().id());
      over.add(earliest);
    }
    referred.put(named.id(), link.get());
    usedNanos.put(named.id(), ticker.read());
    return link.map(SiblingLink::source);
  }

  private synchronized List<SiblingLink> unused() {
    List<SiblingLink> over = new ArrayList<>();
    long now = ticker.read();
    usedNanos.keySet().retainAll(referred.keySet());
    for (Iterator<SiblingLink> each = referred.values().iterator(); each.hasNext(); ) {
      SiblingLink link = each.next();
      NodeId id = link.sibling().id();
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
    fading.values().forEach(one -> over.add(one.link));
    links.clear();
    referred.clear();
    fading.clear();
    return over;
  }
}
