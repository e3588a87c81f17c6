package org.p2pd.publish;

import java.io.IOException;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/** How the hashing of a title's file ended, which began when its stat was the expected one. */
sealed interface HashOutcome {
  Title title();

  FileStat expected();

  /** It was read from end to end and its stat is the same as before; its hashes are to be kept. */
  record Hashed(Title title, FileStat expected, Edition edition) implements HashOutcome {}

  /** It changed while it was hashed, or before. */
  record Changed(Title title, FileStat expected) implements HashOutcome {}

  /** It cannot be read. */
  record Unreadable(Title title, FileStat expected, IOException cause) implements HashOutcome {}

  /** Its hashes cannot be written to the state directory. */
  record Unkept(Title title, FileStat expected, IOException cause) implements HashOutcome {}
}
