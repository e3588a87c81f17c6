package org.p2pd.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackPlacesTest {

  @TempDir Path directory;

  private Path first() {
    return directory.resolve("first");
  }

  private Path second() {
    return directory.resolve("second");
  }

  private Path choose() throws IOException {
    return new UnpackPlaces(List.of(first(), second())).choose();
  }

  @Test
  void aNewPlaceIsOurs() throws IOException {
    assertThat(choose()).isEqualTo(first());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first())))
        .isEqualTo("rwx------");
  }

  @Test
  void aPlaceThatOthersMayWriteToIsPassedOver() throws IOException {
    Files.createDirectory(first());
    Files.setPosixFilePermissions(first(), PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(choose()).isEqualTo(second());
  }

  @Test
  void aLinkIsPassedOver() throws IOException {
    Files.createSymbolicLink(first(), Files.createDirectory(directory.resolve("elsewhere")));

    assertThat(choose()).isEqualTo(second());
  }

  @Test
  void aFileInTheWayIsPassedOver() throws IOException {
    Files.createFile(first());

    assertThat(choose()).isEqualTo(second());
  }

  @Test
  void theLastResortIsFresh() throws IOException {
    Files.createFile(first());
    Files.createFile(second());

    Path fresh = choose();

    assertThat(fresh).isEmptyDirectory();
    Files.delete(fresh);
  }
}
