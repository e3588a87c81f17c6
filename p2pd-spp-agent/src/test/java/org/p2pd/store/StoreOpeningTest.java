package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;

class StoreOpeningTest {

  @TempDir Path directory;

  @Test
  void aSecondStoreOnTheDirectoryIsRefusedNamingTheFirst() {
    try (TestStore first = TestStore.in(directory).open()) {
      assertThatThrownBy(() -> TestStore.in(directory).open())
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("in use by process " + ProcessHandle.current().pid());
      assertThatThrownBy(() -> TestStore.in(directory.resolve(".")).open())
          .isInstanceOf(StoreException.class);
      assertThat(first.store.stats().editions()).isZero();
    }
    TestStore.in(directory).open().close();
  }

  @Test
  void aSecondProcessIsRefusedNamingTheFirst() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    try (TestStore first = TestStore.in(directory).open()) {
      Process second =
          new ProcessBuilder(
                  java,
                  "-cp",
                  System.getProperty("java.class.path"),
                  OtherProcess.class.getName(),
                  directory.toString())
              .redirectErrorStream(true)
              .start();
      String output = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(second.waitFor()).isEqualTo(1);
      assertThat(output).contains("in use by process " + ProcessHandle.current().pid());
      assertThat(first.store.stats().editions()).isZero();
    }
  }

  /** Opens the directory, as another process. */
  static final class OtherProcess {
    public static void main(String[] arguments) {
      TestStore.in(Path.of(arguments[0])).open().close();
    }
  }

  @Test
  void theExtentSizeIsASixteenthOfTheLimitAndStays() {
    TestStore test = TestStore.in(directory).limit(5000L * MIB).open();
    assertThat(test.store.parts().label().extentBytes()).isEqualTo(256 * MIB);
    test.store.close();
    test.limit(100 * MIB).open();
    assertThat(test.store.parts().label().extentBytes()).isEqualTo(256 * MIB);
    test.close();
    assertThat(StoreLimit.extentBytes(1)).isEqualTo(64 * MIB);
    assertThat(StoreLimit.extentBytes(Long.MAX_VALUE)).isEqualTo(64 * 1024 * MIB);
  }

  @Test
  void generationsAreNeverUsedTwice() {
    TestStore test = TestStore.in(directory).open();
    long first = test.store.parts().generation().incrementAndGet();
    test.killAndReopen();
    assertThat(test.store.parts().generation().incrementAndGet()).isGreaterThan(first);
    test.close();
  }

  @Test
  void fourMebibytesAreEnough() {
    TestStore.in(directory).limit(4 * MIB).open().close();
  }

  @Test
  void aLimitThatIsTooSmallIsRefusedNamingTheSmallest() {
    String message = catchMessage(() -> TestStore.in(directory).limit(100_000).open());
    assertThat(message).contains("too small").containsPattern("-C \\d+M");
    long smallest = Long.parseLong(message.replaceAll(".*-C (\\d+)M.*", "$1"));
    TestStore test = TestStore.in(directory).limit(smallest * MIB).open();
    assertThat(test.fillRegions(new SampleEdition(1, 200 * MIB), 130, 1)).isTrue();
    test.close();
  }

  @Test
  void theDefaultLimitIsNineTenthsOfWhatIsFreeOrHeld() throws IOException {
    long before = Files.getFileStore(directory).getUsableSpace();
    try (DiskBlockStore store =
        DiskBlockStore.open(
            new StoreConfig(directory, OptionalLong.empty(), BlockSize.DEFAULT, false))) {
      assertThat(store.stats().limitBytes())
          .isBetween(before / 10 * 9 - 1024 * MIB, before / 10 * 9 + 1024 * MIB);
    }
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    TestStore.in(directory).open().close();
    byte[] format2 = ByteBuffer.allocate(4).putInt(2).array();
    TestStore.overwrite(directory.resolve("p2pd-store"), 8, format2);
    assertThat(catchMessage(() -> TestStore.in(directory).open()))
        .contains("newer p2pd (format 2, this one knows 1)");
  }

  @Test
  void aDamagedLabelIsRefusedAndNothingIsLost() throws IOException {
    TestStore.in(directory).open().close();
    TestStore.flip(directory.resolve("p2pd-store"), 33);
    assertThat(catchMessage(() -> TestStore.in(directory).open()))
        .contains("p2pd-store is damaged: remove it");
    Files.delete(directory.resolve("p2pd-store"));
    assertThat(catchMessage(() -> TestStore.in(directory).open())).contains("lacks the file");
  }

  @Test
  void aFileInPlaceOfTheDirectoryIsRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertThat(catchMessage(() -> TestStore.in(file).open()))
        .contains("cannot make the cache directory");
  }

  private static String catchMessage(Runnable open) {
    try {
      open.run();
    } catch (StoreException e) {
      return e.getMessage();
    }
    throw new AssertionError("was not refused");
  }
}
