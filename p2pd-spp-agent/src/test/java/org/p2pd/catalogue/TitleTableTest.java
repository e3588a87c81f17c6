package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.title;

import java.util.ArrayList;
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
}
