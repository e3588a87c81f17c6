package org.p2pd.siblings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.p2pd.model.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who the first parent is: its node id, which is the name of this node's group. Kept in a file, so
 * that a node finds its group again while the parent is down. Thread-safe.
 */
final class FirstParent {

  private static final Logger LOG = LoggerFactory.getLogger(FirstParent.class);
  private static final int MAX_BYTES = 200;

  private final Path file;
  private final Executor work;
  private volatile Optional<NodeId> id;

  private FirstParent(Path file, Executor work, Optional<NodeId> id) {
    this.file = file;
    this.work = work;
    this.id = id;
  }

  /**
   * Reads what was kept.
   *
   * @param work where the file is written
   */
  static FirstParent in(Path file, Executor work) {
    Optional<NodeId> kept = Optional.empty();
    try {
      if (Files.exists(file) && Files.size(file) <= MAX_BYTES) {
        kept = NodeId.parse(Files.readString(file, StandardCharsets.US_ASCII).strip());
      }
    } catch (IOException e) {
      // Fail open: the parent says it again when it answers.
      LOG.warn("{} cannot be read: the group is found again when the parent answers", file, e);
    }
    return new FirstParent(file, work, kept);
  }

  Optional<NodeId> id() {
    return id;
  }

  /** The first parent has shown that this is its id. */
  void is(NodeId shown) {
    if (id.equals(Optional.of(shown))) {
      return;
    }
    id = Optional.of(shown);
    try {
      work.execute(this::keep);
    } catch (RejectedExecutionException e) {
      LOG.debug("{} is not written any more: the node is being stopped", file);
    }
  }

  /** Writes whoever it is by now: what is written last is true, whichever thread comes first. */
  private synchronized void keep() {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(
          fresh, id.map(NodeId::toString).orElse("") + "\n", StandardCharsets.US_ASCII);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      // Fail open: only a start while the parent is down needs it.
      LOG.warn(
          "{} cannot be written: free space or mend the rights of the state directory; it is needed"
              + " only when the parent is down at the next start",
          file,
          e);
    }
  }
}
