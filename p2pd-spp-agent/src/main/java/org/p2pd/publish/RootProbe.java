package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A cheap look at the public directory itself. */
final class RootProbe {

  private RootProbe() {}

  static RootCondition look(Path root) {
    try {
      FileStat stat = FileStat.of(root);
      if (!stat.isDirectory()) {
        return new RootCondition.Unreadable("it is not a directory");
      }
      return hasSomething(root)
          ? new RootCondition.Fine(stat.device())
          : new RootCondition.Empty(stat.device());
    } catch (NoSuchFileException e) {
      return new RootCondition.Unreadable("it does not exist");
    } catch (IOException e) {
      return new RootCondition.Unreadable(e.toString());
    }
  }

  private static boolean hasSomething(Path root) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
      for (Path entry : entries) {
        if (PublishableNames.directory(entry.getFileName().toString())) {
          return true;
        }
      }
      return false;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** The file system on which a path lies or would lie: that of its nearest existing ancestor. */
  static long deviceAt(Path path) throws IOException {
    Path at = path.getParent();
    while (at != null && !Files.exists(at)) {
      at = at.getParent();
    }
    return FileStat.of(at == null ? path : at).device();
  }
}
