package org.p2pd.publish;

import java.nio.file.Path;
import java.time.Instant;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * A title's file as it was when it was hashed.
 *
 * @param tree where the file lies
 * @param fileDate modification time when this edition was first hashed; {@code touch} keeps it
 */
record HashedFile(Title title, PublicTree tree, FileStat stat, Edition edition, Instant fileDate) {

  /** The file itself. Made when it is asked for: most of 100,000 files are never read. */
  Path file() {
    return tree.fileOf(title);
  }
}
