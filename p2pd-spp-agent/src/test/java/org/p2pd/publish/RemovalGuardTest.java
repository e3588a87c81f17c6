package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.p2pd.model.Title;

class RemovalGuardTest {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final RootCondition FINE = new RootCondition.Fine(7);

  private final Map<Title, RemovalGuard.Reason> memory = new HashMap<>();

  private final RemovalGuard guard =
      new RemovalGuard(
          new RemovalGuard.Memory() {
            @Override
            public void withheld(Title title, RemovalGuard.Reason reason) {
              memory.put(title, reason);
            }

            @Override
            public void released(Title title) {
              memory.remove(title);
            }
          });

  @BeforeEach
  void expectTheDevice() {
    guard.expectDevice(7);
  }

  private static Map<Title, Long> missing(int count, long sinceNanos) {
    Map<Title, Long> missing = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      missing.put(new Title("/t" + i), sinceNanos);
    }
    return missing;
  }

  private RemovalGuard.Verdict judge(long now, RootCondition root, int present, int missing) {
    return guard.judge(now, root, present, missing(missing, 0), Set.of());
  }

  @Test
  void withdrawsAVanishedTitleAfterTheGrace() {
    assertThat(judge(SECOND / 10, FINE, 5, 1).withdraw()).isEmpty();
    assertThat(judge(SECOND, FINE, 5, 1).withdraw()).containsExactly(new Title("/t0"));
  }

  @Test
  void withdrawsNothingWhileTheDirectoryIsInTrouble() {
    assertReason(judge(SECOND, new RootCondition.Unreadable("x"), 5, 1), "UNREADABLE");
    assertReason(judge(SECOND, new RootCondition.Empty(7), 0, 3), "EMPTY");
    assertReason(judge(SECOND, FINE, 0, 3), "EMPTY");
    assertReason(judge(SECOND, new RootCondition.Fine(8), 5, 1), "OTHER_FILE_SYSTEM");
  }

  private static void assertReason(RemovalGuard.Verdict verdict, String reason) {
    assertThat(verdict.withdraw()).isEmpty();
    assertThat(verdict.reason()).hasToString(reason);
  }

  @Test
  void withdrawsHalfOfTenButNotMore() {
    assertThat(judge(SECOND, FINE, 5, 5).withdraw()).hasSize(5);
  }

  @Test
  void withholdsMoreThanHalfOfTen() {
    assertReason(judge(SECOND, FINE, 4, 6), "MANY_VANISHED");
    assertReason(judge(1000 * SECOND, FINE, 4, 6), "MANY_VANISHED");
  }

  @Test
  void letsMostOfNineGo() {
    assertThat(judge(SECOND, FINE, 1, 8).withdraw()).hasSize(8);
  }

  @Test
  void takesBackWhatWasWithdrawnInTheSameMinute() {
    assertThat(judge(SECOND, FINE, 16, 4).withdraw()).hasSize(4);
    RemovalGuard.Verdict verdict =
        guard.judge(
            30 * SECOND, FINE, 9, Map.of(new Title("/a"), 0L, new Title("/b"), 0L), Set.of());
    assertThat(verdict.withdraw()).as("6 of 15 are less than half").hasSize(2);
    Map<Title, Long> more = new LinkedHashMap<>();
    for (int i = 0; i < 4; i++) {
      more.put(new Title("/c" + i), 30 * SECOND);
    }
    verdict = guard.judge(31 * SECOND, FINE, 5, more, Set.of());
    assertReason(verdict, "MANY_VANISHED");
    assertThat(verdict.takeBack()).hasSize(6);
  }

  @Test
  void doesNotCountWhatWasWithdrawnLongerAgo() {
    assertThat(judge(SECOND, FINE, 10, 8).withdraw()).hasSize(8);
    assertThat(guard.judge(62 * SECOND, FINE, 8, Map.of(new Title("/z"), 0L), Set.of()).withdraw())
        .hasSize(1);
  }

  @Test
  void recoversWhenNothingIsMissingAnyMore() {
    assertReason(judge(SECOND, FINE, 4, 6), "MANY_VANISHED");
    assertThat(memory).hasSize(6).containsValue(RemovalGuard.Reason.MANY_VANISHED);
    missing(6, 0).keySet().forEach(guard::isBack);
    assertThat(memory).isEmpty();
    assertReason(judge(2 * SECOND, FINE, 10, 0), "NONE");
    assertThat(judge(3 * SECOND, FINE, 9, 1).withdraw()).hasSize(1);
  }

  @Test
  void withholdsUntilTheLastOfManyIsBack() {
    assertReason(judge(SECOND, FINE, 4, 6), "MANY_VANISHED");
    guard.isBack(new Title("/t0"));
    Map<Title, Long> fresh = Map.of(new Title("/t1"), 0L, new Title("/z"), 0L);
    assertReason(guard.judge(9 * SECOND, FINE, 100, fresh, Set.of()), "MANY_VANISHED");
  }

  @Test
  void withholdsWhatVanishedUntilItWasEmpty() {
    guard.emptied(missing(3, 0).keySet());
    assertReason(judge(SECOND, FINE, 1, 3), "EMPTIED");
    assertThat(judge(2 * SECOND, FINE, 1, 4).withdraw()).containsExactly(new Title("/t3"));
    guard.accept();
    assertThat(memory).isEmpty();
    assertThat(judge(3 * SECOND, FINE, 2, 3).withdraw()).hasSize(3);
  }

  @Test
  void doesNotCountAgainWhatItWithholds() {
    guard.emptied(missing(50, 0).keySet());
    Map<Title, Long> more = missing(51, 0);
    assertThat(guard.judge(SECOND, FINE, 11, more, Set.of()).withdraw())
        .containsExactly(new Title("/t50"));
  }

  @Test
  void keepsThoseOfAPartThatIsNotMounted() {
    RemovalGuard.Verdict verdict =
        guard.judge(SECOND, FINE, 5, missing(2, 0), Set.of(new Title("/t1")));
    assertThat(verdict.withdraw()).containsExactly(new Title("/t0"));
    assertThat(verdict.reason()).isEqualTo(RemovalGuard.Reason.PART_UNMOUNTED);
  }
}
