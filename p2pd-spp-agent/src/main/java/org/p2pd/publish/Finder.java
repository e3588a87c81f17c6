package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/**
 * Finds what names in the public directory lead to. Who may write there may exchange files, links
 * and directories between any two looks; so a file is first held, then looked at, and what is read
 * is what was held. Thread-safe.
 */
interface Finder {

  /** What a title's name leads to, symbolic links followed. */
  Finding at(Title title) throws IOException;

  /** What a path leads to, symbolic links followed. */
  Finding at(Path path) throws IOException;

  /** The same of what has to be a directory; one that is mounted when it is used is mounted. */
  Finding directory(Path path) throws IOException;

  /**
   * The best that this system has.
   *
   * @param followSymlinks whether symbolic links may leave the public directory
   * @param libc none where it cannot be used
   */
  static Finder of(PublicTree tree, boolean followSymlinks, @Nullable Libc libc) {
    return libc != null && Files.exists(Descriptors.DIRECTORY)
        ? new DescriptorFinder(tree, followSymlinks, libc)
        : new WalkingFinder(tree, followSymlinks);
  }
}
