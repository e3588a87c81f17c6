package org.p2pd.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WriteSizeTest {

  private final WriteSize size = new WriteSize(WriteSize.MAX_BYTES);

  @Test
  void growsForAViewerWhoDrainsFast() {
    for (int i = 0; i < 10; i++) {
      size.drained(size.bytes(), WriteSize.FAST.toNanos() - 1);
    }
    assertThat(size.bytes()).isEqualTo(WriteSize.MAX_BYTES);
  }

  @Test
  void shrinksForOneWhoDoesNot() {
    for (int i = 0; i < 10; i++) {
      size.drained(size.bytes(), WriteSize.SLOW.toNanos() + 1);
    }
    assertThat(size.bytes()).isEqualTo(WriteSize.MIN_BYTES);
  }

  @Test
  void learnsNothingFromAShortWriteThatDrainedFast() {
    int before = size.bytes();
    size.drained(before - 1, 0);
    assertThat(size.bytes()).isEqualTo(before);
  }
}
