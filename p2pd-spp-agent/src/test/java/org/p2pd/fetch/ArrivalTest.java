package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.p2pd.model.BlockSize;

class ArrivalTest {

  private static final int BLOCK = 64 * 1024;

  private final Film film = new Film(1, 3 * BLOCK);
  private final Slab slab = new Slab(8L * 1024 * 1024);
  private final Arrivals arrivals = new Arrivals(slab);

  private Arrival claimed() {
    return ((Arrivals.Claim.Owner)
            arrivals.claim(film.edition(), new BlockSize(BLOCK), 1, Share.PLAY_HEAD))
        .arrival();
  }

  @Test
  void isHedgedOnce() {
    Arrival arrival = claimed();
    assertThat(arrivals.hedge(arrival)).isPresent();
    assertThat(arrivals.hedge(arrival)).isEmpty();
    assertThat(slab.usedBytes()).isEqualTo(2L * BLOCK);
  }

  @Test
  void isNotHedgedWhenItCameMeanwhile() {
    Arrival arrival = claimed();
    assertThat(arrival.settle(arrival.copies().get(0), true, 0)).isTrue();
    assertThat(arrivals.hedge(arrival)).isEmpty();
    assertThat(slab.usedBytes()).isEqualTo(BLOCK);
  }

  @Test
  void nobodyFillsACopyOfWhatCameMeanwhile() {
    Arrival arrival = claimed();
    Copy late = arrivals.hedge(arrival).orElseThrow();
    assertThat(arrival.settle(arrival.copies().get(0), true, 0)).isTrue();
    assertThat(slab.usedBytes()).as("its memory may be another's").isEqualTo(BLOCK);
    assertThat(arrival.fillingBegins(late, BlockSource.Relation.PARENT)).isFalse();
    late.fillingEnded();
    assertThat(slab.usedBytes()).isEqualTo(BLOCK);
  }
}
