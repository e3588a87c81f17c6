package org.p2pd.publish;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/**
 * Holds what it finds by a descriptor of Linux's ({@code O_PATH}), which reads nothing, and so
 * neither waits for a pipe's writer nor wakes a device. Where it lies and what it is are asked of
 * the descriptor, and it is opened through it.
 *
 * <p>Not {@code openat2(RESOLVE_BENEATH)}: that refuses links which name the public directory from
 * the root, or go out of it and come back, and such are published.
 */
final class DescriptorFinder implements Finder {

  private final PublicTree tree;
  private final boolean followSymlinks;
  private final Libc libc;

  /** Where the public directory lies, as when its last scan began. */
  private volatile @Nullable Path rootPlace;

  DescriptorFinder(PublicTree tree, boolean followSymlinks, Libc libc) {
    this.tree = tree;
    this.followSymlinks = followSymlinks;
    this.libc = libc;
  }

  @Override
  public Finding at(Title title) throws IOException {
    return at(tree.fileOf(title));
  }

  @Override
  public Finding at(Path path) throws IOException {
    return held(path, libc.locate(path));
  }

  @Override
  public Finding directory(Path path) throws IOException {
    if (path.equals(tree.root())) {
      rootPlace = null; // a scan begins: the owner may have made it another one
    }
    return held(path, libc.locateDirectory(path));
  }

  private Finding held(Path path, int descriptor) throws IOException {
    boolean given = false;
    try {
      Path name = Descriptors.nameOf(descriptor);
      FileStat stat = FileStat.of(name);
      Held held = new Held(path, descriptor, stat, followSymlinks || isInside(name));
      given = true;
      return held;
    } finally {
      if (!given) {
        libc.close(descriptor);
      }
    }
  }

  /** The kernel says of both where they lie, so both are written alike. */
  private boolean isInside(Path name) throws IOException {
    Path place = Files.readSymbolicLink(name);
    Path known = rootPlace;
    return (known != null && place.startsWith(known)) || place.startsWith(lookForRoot());
  }

  private Path lookForRoot() throws IOException {
    int root = libc.locateDirectory(tree.root());
    try {
      Path place = Files.readSymbolicLink(Descriptors.nameOf(root));
      rootPlace = place;
      return place;
    } finally {
      libc.close(root);
    }
  }

  private final class Held implements Finding {
    private final Path path;
    private final int descriptor;
    private final FileStat stat;
    private final boolean isPublic;
    private boolean closed;

    Held(Path path, int descriptor, FileStat stat, boolean isPublic) {
      this.path = path;
      this.descriptor = descriptor;
      this.stat = stat;
      this.isPublic = isPublic;
    }

    @Override
    public FileStat stat() {
      return stat;
    }

    @Override
    public boolean isPublic() {
      return isPublic;
    }

    @Override
    public Path name() {
      return Descriptors.nameOf(descriptor);
    }

    @Override
    public FileChannel open() throws IOException {
      if (closed || !stat.isRegular()) {
        throw new FileSystemException(path.toString(), null, "no regular file");
      }
      try {
        return FileChannel.open(name(), StandardOpenOption.READ);
      } catch (AccessDeniedException e) {
        throw withOwnName(new AccessDeniedException(path.toString(), null, e.getReason()), e);
      } catch (FileSystemException e) {
        throw withOwnName(new FileSystemException(path.toString(), null, e.getReason()), e);
      }
    }

    /** An owner looks for his file's name, not for a descriptor's. */
    private static <T extends IOException> T withOwnName(T named, IOException e) {
      named.initCause(e);
      return named;
    }

    @Override
    public void close() throws IOException {
      if (!closed) {
        closed = true;
        libc.close(descriptor);
      }
    }
  }
}
