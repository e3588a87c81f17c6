package org.p2pd.fetch;

import java.util.List;

/** Who can be asked for blocks now. Thread-safe; never waits. */
@FunctionalInterface
public interface Sources {

  /**
   * All that are known, usable or not, in no order. The list may change from call to call; a source
   * keeps its name for as long as it is known. When one becomes usable, {@link
   * CacheContent#sourcesChanged} makes it known at once.
   */
  List<BlockSource> current();
}
