package org.p2pd.catalogue;

import java.util.Optional;

/**
 * Whether the files of a catalogue may grow: they may lie in a directory whose size is limited. Any
 * thread; may wait for the disk.
 */
@FunctionalInterface
public interface Allowance {

  /** Whatever the disk has. */
  Allowance UNLIMITED = bytes -> Optional.of(() -> {});

  /** Room for that many bytes on disk, which are written before it is closed; none if none is. */
  Optional<Growth> grow(long bytes);

  /** Room that is about to be used. */
  interface Growth extends AutoCloseable {
    /** What was written is on disk now. */
    @Override
    void close();
  }
}
