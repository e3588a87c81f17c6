package org.p2pd.publish;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.p2pd.content.Content;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * Turns the files of the public directory into editions, and reads them.
 *
 * <p>A periodic scan is the truth; events make it prompt. Thread-safe; no method waits. Design:
 * {@code docs/design/005-publishing.md}.
 */
public interface Publisher extends AutoCloseable {

  /**
   * Begins to publish.
   *
   * @param known the titles that the catalogue has at this moment, with their editions: those whose
   *     files have gone while no one looked are found by them
   * @throws IOException if the state directory cannot be used
   */
  static Publisher open(
      PublisherConfig config, Map<Title, Edition> known, PublicationListener listener)
      throws IOException {
    return DiskPublisher.open(config, known, listener);
  }

  /** The bytes of the published editions, from the owner's files. */
  Content content();

  /** How much of a title that is being hashed is done, 0 to 99; nothing if it is not. */
  OptionalInt percent(Title title);

  /** Somebody asked for a title that is not ready: it is hashed before the others. */
  void wanted(Title title);

  /**
   * A node says that bytes of an edition did not verify. The range is read again (at most 1 MiB of
   * it, and not often); if it is wrong indeed, the title is hashed anew.
   */
  void mismatchReported(Edition edition, ByteRange range);

  /** What is wrong, one sentence each, with what to do. */
  List<String> problems();

  PublisherStats stats();

  /** Ends all threads and closes all files. What was hashed so far is kept. */
  @Override
  void close();
}
