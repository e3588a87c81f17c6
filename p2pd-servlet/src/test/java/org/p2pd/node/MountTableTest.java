package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MountTableTest {

  private static final String SANDBOX =
      """
      64 27 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw,discard
      65 64 254:0 /cachefiles /cachefiles rw,relatime shared:2 - ext4 /dev/vda rw,discard
      66 64 0:40 / /media/a\\040disk ro,relatime - ext4 /dev/vdb ro
      67 64 0:41 / /over ro,relatime - ext4 /dev/vdc rw
      68 67 0:42 / /over rw,relatime - tmpfs tmpfs rw
      this is no line of it
      """;

  private static boolean isReadOnlyOnlyHere(String path) {
    return new MountTable(SANDBOX).isReadOnlyOnlyHere(Path.of(path));
  }

  @Test
  void whatOnlyThisProcessMayNotWriteIsToldApart() {
    assertThat(isReadOnlyOnlyHere("/data/cache")).isTrue();
    assertThat(isReadOnlyOnlyHere("/cachefiles")).isFalse();
    assertThat(isReadOnlyOnlyHere("/cachefiles/below")).isFalse();
    assertThat(isReadOnlyOnlyHere("/cachefiles2")).isTrue();
  }

  @Test
  void aDiskThatNobodyMayWriteIsNoSandbox() {
    assertThat(isReadOnlyOnlyHere("/media/a disk/x")).isFalse();
  }

  @Test
  void ofMountsAtOnePlaceTheLastCounts() {
    assertThat(isReadOnlyOnlyHere("/over/x")).isFalse();
  }

  @Test
  void withoutATableNothingIsKnown() {
    assertThat(new MountTable("").isReadOnlyOnlyHere(Path.of("/"))).isFalse();
  }
}
