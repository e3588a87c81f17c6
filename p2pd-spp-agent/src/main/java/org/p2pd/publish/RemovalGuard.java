package org.p2pd.publish;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.p2pd.model.Title;

/**
 * Decides whether vanished titles are withdrawn: an unmounted public directory must not empty the
 * CDN. Does no I/O; confined to the publishing thread.
 *
 * <p>Nothing is withdrawn while the directory cannot be read, is empty, or lies on another file
 * system than before. What vanished until the directory was empty is withheld beyond that, whatever
 * appears in it: until it is back or the owner accepts. Once more than half of at least ten titles
 * vanished within a minute, so is everything that vanishes until all of that is back. What was
 * withdrawn in the minute before it showed is taken back.
 */
final class RemovalGuard {

  /** How long a vanished title waits: a rename or a mass removal shows within that. */
  static final Duration GRACE = Duration.ofMillis(500);

  private static final long GRACE_NANOS = GRACE.toNanos();
  private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int FEWEST_TITLES = 10;

  /** Why nothing is withdrawn. */
  enum Reason {
    NONE,
    UNREADABLE,
    OTHER_FILE_SYSTEM,
    EMPTY,
    /** It was empty, and not all that vanished then is back. */
    EMPTIED,
    MANY_VANISHED,
    /** Only the titles below a directory that is not mounted any more are withheld. */
    PART_UNMOUNTED
  }

  /**
   * What is to be done now.
   *
   * @param withdraw vanished for good
   * @param takeBack withdrawn too early: publish them again
   * @param reason why the other missing titles stay
   */
  record Verdict(List<Title> withdraw, List<Title> takeBack, Reason reason) {
    Verdict {
      withdraw = List.copyOf(withdraw);
      takeBack = List.copyOf(takeBack);
    }

    static Verdict withhold(Reason reason) {
      return new Verdict(List.of(), List.of(), reason);
    }
  }

  /** Remembers over restarts which titles are withheld until they are back or accepted. */
  interface Memory {

    /**
     * @param reason {@link Reason#EMPTIED} or {@link Reason#MANY_VANISHED}
     */
    void withheld(Title title, Reason reason);

    void released(Title title);
  }

  private record Withdrawn(Title title, long atNanos) {}

  private final Memory memory;
  private final Deque<Withdrawn> recent = new ArrayDeque<>();

  /** What is withheld until it is back or accepted, and why. */
  private final Map<Title, Reason> withheld = new HashMap<>();

  private OptionalLong device = OptionalLong.empty();

  RemovalGuard(Memory memory) {
    this.memory = memory;
  }

  /** The file system on which the public directory is expected. */
  OptionalLong device() {
    return device;
  }

  void expectDevice(long found) {
    device = OptionalLong.of(found);
  }

  boolean isOtherFileSystem(long found) {
    return device.isPresent() && device.getAsLong() != found;
  }

  /** Whether some titles are withheld until they are back or accepted. */
  boolean isWithholding() {
    return !withheld.isEmpty();
  }

  /** An earlier run withheld the title. */
  void remembered(Title title, Reason reason) {
    withheld.put(title, reason);
  }

  /**
   * The directory was seen without a single file, so what is missing says nothing of the owner's
   * will. What was withdrawn in the last minute was the beginning of it.
   */
  void emptied(Collection<Title> missing) {
    withhold(missing, Reason.EMPTIED);
    withhold(recentTitles(), Reason.EMPTIED);
  }

  /** The title's file is there. */
  void isBack(Title title) {
    if (withheld.remove(title) != null) {
      memory.released(title);
    }
  }

  /**
   * Judges the vanished titles.
   *
   * @param present published titles whose files are there
   * @param missingSince when each published title vanished
   * @param unmounted those of them whose own file system is not there any more
   */
  Verdict judge(
      long nowNanos,
      RootCondition root,
      int present,
      Map<Title, Long> missingSince,
      Set<Title> unmounted) {
    forgetOld(nowNanos);
    Reason trouble = trouble(root, present, missingSince);
    if (missingSince.isEmpty()) {
      return Verdict.withhold(trouble);
    }
    boolean many = haveManyVanished(present, missingSince.keySet());
    if (many) {
      withhold(missingSince.keySet(), Reason.MANY_VANISHED);
      withhold(recentTitles(), Reason.MANY_VANISHED);
    }
    List<Title> takeBack = takeBack(trouble != Reason.NONE);
    if (trouble != Reason.NONE || many) {
      Reason reason = trouble != Reason.NONE ? trouble : Reason.MANY_VANISHED;
      return new Verdict(List.of(), takeBack, reason);
    }
    List<Title> withdraw = new ArrayList<>();
    missingSince.forEach(
        (title, since) -> {
          boolean due = nowNanos - since >= GRACE_NANOS;
          if (due && !unmounted.contains(title) && !withheld.containsKey(title)) {
            withdraw.add(title);
            recent.addLast(new Withdrawn(title, nowNanos));
          }
        });
    return new Verdict(withdraw, takeBack, stays(unmounted));
  }

  /** What is withheld already is not counted again. */
  private boolean haveManyVanished(int present, Set<Title> missing) {
    if (withheld.containsValue(Reason.MANY_VANISHED)) {
      return true;
    }
    long fresh = missing.stream().filter(title -> !withheld.containsKey(title)).count();
    long vanished = fresh + recent.size();
    return vanished + present >= FEWEST_TITLES && vanished > present;
  }

  private List<Title> recentTitles() {
    return recent.stream().map(Withdrawn::title).toList();
  }

  /** Of what was withdrawn lately, all of it or what is withheld by now. */
  private List<Title> takeBack(boolean all) {
    List<Title> back = new ArrayList<>();
    recent.removeIf(
        withdrawn -> {
          boolean early = all || withheld.containsKey(withdrawn.title());
          if (early) {
            back.add(withdrawn.title());
          }
          return early;
        });
    return back;
  }

  private Reason stays(Set<Title> unmounted) {
    if (!withheld.isEmpty()) {
      return Reason.EMPTIED;
    }
    return unmounted.isEmpty() ? Reason.NONE : Reason.PART_UNMOUNTED;
  }

  private void withhold(Collection<Title> titles, Reason reason) {
    for (Title title : titles) {
      if (withheld.putIfAbsent(title, reason) == null) {
        memory.withheld(title, reason);
      }
    }
  }

  private Reason trouble(RootCondition root, int present, Map<Title, Long> missingSince) {
    if (root instanceof RootCondition.Unreadable) {
      return Reason.UNREADABLE;
    }
    if (root instanceof RootCondition.Fine fine && isOtherFileSystem(fine.device())) {
      return Reason.OTHER_FILE_SYSTEM;
    }
    boolean empty = root instanceof RootCondition.Empty || present == 0;
    return empty && !missingSince.isEmpty() ? Reason.EMPTY : Reason.NONE;
  }

  private void forgetOld(long nowNanos) {
    while (!recent.isEmpty() && nowNanos - recent.peekFirst().atNanos() > WINDOW_NANOS) {
      recent.removeFirst();
    }
  }

  /** The owner wants all that is missing withdrawn. */
  void accept() {
    withheld.keySet().forEach(memory::released);
    withheld.clear();
    recent.clear();
  }
}
