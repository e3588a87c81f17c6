package org.p2pd.publish;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** What a name led to when the {@link Finder} was asked. To be closed. */
interface Finding extends Closeable {

  FileStat stat();

  /** Whether it lies in the public directory, or need not. */
  boolean isPublic();

  /** Leads to this, whatever lies by its own name now, until it is closed. */
  Path name();

  /** Opens this for reading. The channel is independent of this. */
  FileChannel open() throws IOException;

  /** How this compares to a file that was seen before; what may not be published is no such. */
  default FileStat.Likeness likeness(FileStat before) {
    return isPublic() && stat().isRegular()
        ? before.compareTo(stat())
        : FileStat.Likeness.DIFFERENT;
  }

  /** Whether this is an unchanged file that may be published. */
  default boolean isStill(FileStat before) {
    return likeness(before) == FileStat.Likeness.SAME;
  }
}
