package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.p2pd.model.Title;

/** Looks at single titles, as {@link DirectoryScan} looks at all. */
final class FileLook {

  private final PublicTree tree;
  private final Finder finder;

  FileLook(PublicTree tree, Finder finder) {
    this.tree = tree;
    this.finder = finder;
  }

  Sighting at(Title title) {
    Path file = tree.fileOf(title);
    try {
      boolean link = FileStat.ofLink(file).isSymbolicLink();
      return sighting(title, link);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Sighting.Nothing();
    } catch (IOException e) {
      // A path through what has become a file is "Not a directory" in no exception of its own.
      return PublicTree.exists(file) && !LinkCircles.at(file)
          ? new Sighting.Hidden(e)
          : new Sighting.Nothing();
    }
  }

  private Sighting sighting(Title title, boolean link) throws IOException {
    try (Finding found = finder.at(title)) {
      if (!found.isPublic() || NodeDirectories.hold(tree, title)) {
        return new Sighting.Nothing();
      }
      FileStat stat = found.stat();
      if (stat.isDirectory()) {
        return new Sighting.Directory();
      }
      return stat.isRegular() ? new Sighting.Regular(stat, link) : new Sighting.Nothing();
    }
  }
}
