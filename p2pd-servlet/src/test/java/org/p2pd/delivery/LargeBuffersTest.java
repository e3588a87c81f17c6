package org.p2pd.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LargeBuffersTest {

  private final LargeBuffers buffers = new LargeBuffers();

  @Test
  void areForLongResponsesOnly() {
    assertThat(buffers.take(LargeBuffers.WORTH_BYTES - 1)).isFalse();
    assertThat(buffers.take(LargeBuffers.WORTH_BYTES)).isTrue();
    assertThat(buffers.free()).isEqualTo(LargeBuffers.LIMIT - 1);
  }

  @Test
  void areBoundedAndComeBack() {
    for (int i = 0; i < LargeBuffers.LIMIT; i++) {
      assertThat(buffers.take(Long.MAX_VALUE)).isTrue();
    }
    assertThat(buffers.take(Long.MAX_VALUE)).isFalse();
    assertThat(buffers.free()).isZero();
    buffers.giveBack();
    assertThat(buffers.take(Long.MAX_VALUE)).isTrue();
  }
}
