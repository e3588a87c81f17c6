package org.p2pd.publish;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * system than before; nor, once more than half of at least ten titles vanished within a minute,
 * until all that are missing are back or the owner accepts. What was withdrawn in that minute
 * before it showed is taken back.
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

  private record Withdrawn(Title title, long atNanos) {}

  private final Deque<Withdrawn> recent = new ArrayDeque<>();
  private OptionalLong device = OptionalLong.empty();
  private boolean manyVanished;

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
      manyVanished = false;
      return Verdict.withhold(trouble);
    }
    int vanished = missingSince.size() + recent.size();
    if (vanished + present >= FEWEST_TITLES && 2 * vanished > vanished + present) {
      manyVanished = true;
    }
    if (trouble != Reason.NONE || manyVanished) {
      List<Title> takeBack = recent.stream().map(Withdrawn::title).toList();
      recent.clear();
      return new Verdict(
          List.of(), takeBack, trouble != Reason.NONE ? trouble : Reason.MANY_VANISHED);
    }
    List<Title> withdraw = new ArrayList<>();
    missingSince.forEach(
        (title, since) -> {
          if (nowNanos - since >= GRACE_NANOS && !unmounted.contains(title)) {
            withdraw.add(title);
            recent.addLast(new Withdrawn(title, nowNanos));
          }
        });
    return new Verdict(
        withdraw, List.of(), unmounted.isEmpty() ? Reason.NONE : Reason.PART_UNMOUNTED);
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
    manyVanished = false;
    recent.clear();
  }
}
