package org.p2pd.publish;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.util.Set;
import org.p2pd.model.Title;

/**
 * For where descriptors have no names: what is opened is reached from the public directory step by
 * step, through no link that was not resolved before.
 *
 * <p>Looks go by name and can be fooled, by which names and sizes show; what is read cannot. A pipe
 * that is exchanged for a file just before it is opened holds the opening thread.
 */
final class WalkingFinder implements Finder {

  private final PublicTree tree;
  private final boolean followSymlinks;

  WalkingFinder(PublicTree tree, boolean followSymlinks) {
    this.tree = tree;
    this.followSymlinks = followSymlinks;
  }

  @Override
  public Finding at(Title title) throws IOException {
    return at(tree.fileOf(title));
  }

  @Override
  public Finding at(Path path) throws IOException {
    Path root = tree.root().toRealPath();
    Path place = path.toRealPath();
    FileStat stat = FileStat.of(path);
    return new Looked(path, root, place, stat, followSymlinks || place.startsWith(root));
  }

  @Override
  public Finding directory(Path path) throws IOException {
    Finding found = at(path);
    if (!found.stat().isDirectory()) {
      throw new NotDirectoryException(path.toString());
    }
    return found;
  }

  private record Looked(Path name, Path root, Path place, FileStat stat, boolean isPublic)
      implements Finding {

    @Override
    public FileChannel open() throws IOException {
      if (!stat.isRegular()) {
        throw new FileSystemException(name.toString(), null, "no regular file");
      }
      Path top = place.startsWith(root) ? root : place.getRoot();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(top)) {
        return walk(entries, top.relativize(place));
      }
    }

    private FileChannel walk(DirectoryStream<Path> entries, Path way) throws IOException {
      if (!(entries instanceof SecureDirectoryStream<Path> directory)) {
        throw new IOException("this system cannot open " + name + " safely");
      }
      if (way.getNameCount() > 1) {
        try (SecureDirectoryStream<Path> next =
            directory.newDirectoryStream(way.getName(0), LinkOption.NOFOLLOW_LINKS)) {
          return walk(next, way.subpath(1, way.getNameCount()));
        }
      }
      boolean regular =
          directory
              .getFileAttributeView(way, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
              .readAttributes()
              .isRegularFile();
      if (!regular) {
        throw new FileSystemException(name.toString(), null, "no regular file any more");
      }
      return channel(
          directory.newByteChannel(
              way, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)));
    }

    private FileChannel channel(SeekableByteChannel opened) throws IOException {
      if (opened instanceof FileChannel file) {
        return file;
      }
      opened.close();
      throw new IOException("this system cannot open " + name + " as a file");
    }

    @Override
    public void close() {
      // nothing is held
    }
  }
}
