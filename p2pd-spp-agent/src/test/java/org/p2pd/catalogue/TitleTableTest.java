package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.title;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.p2pd.model.Title;

class TitleTableTest {

  private static final int EPOCHS = 300_000;

  private final TitleTable table = new TitleTable();

  /** A reader who is held up between two looks must not take a moved title for a missing one. */
  @Test
  void regressionATitleThatMovesBetweenEpochsIsPublishedAtEveryMoment() throws Exception {
    Title film = title("/film.webm");
    Entry.Published published = Samples.published(2, film.path());
    table.apply(published, new ArrayList<>());
    AtomicBoolean stop = new AtomicBoolean();
    Callable<Long> reading =
        () -> {
          long missed = 0;
          while (!stop.get()) {
            missed += table.find(film).orElse(null) instanceof Entry.Published ? 0 : 1;
          }
          return missed;
        };
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Long> missed = reader.submit(reading);
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        table.beginEpoch();
        if (epoch % 2 == 0) {
          table.apply(new Entry.Announced(1, film), new ArrayList<>());
        }
        table.apply(published, new ArrayList<>());
      }
      stop.set(true);
      assertThat(missed.get()).isZero();
    } finally {
      stop.set(true);
      reader.shutdown();
    }
  }

  private void publish(int number, String path) {
    table.apply(Samples.published(number, path), new ArrayList<>());
  }

  private void remove(int number, String path) {
    table.apply(new Entry.Removed(number, title(path)), new ArrayList<>());
  }

  private List<String> names(String after, int max) {
    return table.published(after, max).stream().map(p -> p.title().path()).toList();
  }

  @Test
  void titlesArePagedThroughInTheOrderOfTheirBytes() {
    List<String> ordered =
        List.of("/A", "/a", "/a.mp4", "/a/b", "/b", "/é", "/\uE000", "/\uFFFD", "/\uD83C\uDFAC");
    List<String> shuffled = new ArrayList<>(ordered);
    Collections.shuffle(shuffled, new Random(7));
    for (int i = 0; i < shuffled.size(); i++) {
      publish(i + 1, shuffled.get(i));
    }
    assertThat(names("", 100)).isEqualTo(ordered);
    assertThat(names("", 3)).isEqualTo(ordered.subList(0, 3));
    assertThat(names("/a.mp4", 2)).isEqualTo(ordered.subList(3, 5));
    assertThat(names("/a", 100)).isEqualTo(ordered.subList(2, 9));
    assertThat(names("/a.", 1)).as("no title, but a place").containsExactly("/a.mp4");
    assertThat(names("/\uD83C\uDFAC", 100)).isEmpty();
    assertThat(names("", 0)).isEmpty();
  }

  @Test
  void theOrderFollowsWhatChangesAfterwards() {
    publish(1, "/b");
    table.apply(new Entry.Announced(2, title("/soon")), new ArrayList<>());
    assertThat(names("", 100)).containsExactly("/b");
    publish(3, "/a");
    publish(4, "/c");
    remove(5, "/b");
    publish(6, "/soon");
    publish(7, "/c");
    assertThat(names("", 100)).containsExactly("/a", "/c", "/soon");
    table.beginEpoch();
    assertThat(names("", 100)).as("until this epoch has been read").hasSize(3);
    publish(1, "/c");
    table.apply(new Entry.ScanComplete(2), new ArrayList<>());
    assertThat(names("", 100)).containsExactly("/c");
    table.clear(new ArrayList<>());
    assertThat(names("", 100)).isEmpty();
    publish(1, "/d");
    assertThat(names("", 100)).containsExactly("/d");
  }

  /** The first who asks may do so while titles come and go. */
  @Test
  void nothingIsMissedWhileTheOrderIsMade() throws Exception {
    for (int round = 0; round < 300; round++) {
      TitleTable busy = new TitleTable();
      for (int i = 0; i < 200; i++) {
        busy.apply(Samples.published(i + 1, "/old-" + i), new ArrayList<>());
      }
      Thread changing =
          new Thread(
              () -> {
                for (int i = 0; i < 200; i++) {
                  busy.apply(Samples.published(200 + i, "/new-" + i), new ArrayList<>());
                  busy.apply(new Entry.Removed(300 + i, title("/old-" + i)), new ArrayList<>());
                }
              });
      changing.start();
      busy.published("", 1);
      changing.join();
      assertThat(busy.published("", 1_000)).hasSameElementsAs(busy.published()).hasSize(200);
    }
  }
}
