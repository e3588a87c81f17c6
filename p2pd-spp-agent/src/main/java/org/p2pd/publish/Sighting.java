package org.p2pd.publish;

import java.io.IOException;

/** What one look at a title's path found. */
sealed interface Sighting {

  /**
   * A file that may be published.
   *
   * @param link the name is a symbolic link
   */
  record Regular(FileStat stat, boolean link) implements Sighting {}

  /** A directory, or a link to one. */
  record Directory() implements Sighting {}

  /** Nothing, or nothing that may be published: a device, a link that leads out. */
  record Nothing() implements Sighting {}

  /** It could not be told. */
  record Hidden(IOException cause) implements Sighting {}
}
