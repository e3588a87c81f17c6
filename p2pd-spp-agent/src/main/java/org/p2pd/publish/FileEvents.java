package org.p2pd.publish;

import java.nio.file.Path;

/** Hears what inotify sees below the public directory; all calls come from the watching thread. */
interface FileEvents {

  /** A name appeared: somebody has a new file open, or made a link. */
  void created(Path file);

  /** Somebody wrote to a file and has it open. */
  void written(Path file);

  /** A writer closed the file: its copy has ended. */
  void closed(Path file);

  /** The file was renamed into place: its copy has ended. */
  void movedIn(Path file);

  /** Its dates, rights or links changed. */
  void touched(Path file);

  /** The name is gone: deleted, or renamed away. */
  void gone(Path file);

  /**
   * A directory appeared, or has other rights. Whoever scans it enters it first, so that it is
   * watched.
   */
  void directoryAppeared(Path directory, boolean renamedIn);

  /** A directory is gone with all that was in it. */
  void directoryGone(Path directory);

  /** Events were lost, or a file system was unmounted: only a full scan can tell what there is. */
  void lost(String why);
}
