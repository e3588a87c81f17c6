package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.p2pd.model.Title;

/** Looks at single titles, as {@link DirectoryScan} looks at all. */
final class FileLook {

  private final PublicTree tree;
  private final boolean followSymlinks;

  FileLook(PublicTree tree, boolean followSymlinks) {
    this.tree = tree;
    this.followSymlinks = followSymlinks;
  }

  Sighting at(Title title) {
    Path file = tree.fileOf(title);
    try {
      FileStat stat = FileStat.ofLink(file);
      boolean link = stat.isSymbolicLink();
      if (!followSymlinks && !file.toRealPath().startsWith(tree.root().toRealPath())) {
        return new Sighting.Nothing();
      }
      if (link) {
        stat = FileStat.of(file);
      }
      if (stat.isDirectory()) {
        return new Sighting.Directory();
      }
      return stat.isRegular() ? new Sighting.Regular(stat, link) : new Sighting.Nothing();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Sighting.Nothing();
    } catch (IOException e) {
      // A path through what has become a file is "Not a directory" in no exception of its own.
      return PublicTree.exists(file) && !LinkCircles.at(file)
          ? new Sighting.Hidden(e)
          : new Sighting.Nothing();
    }
  }
}
