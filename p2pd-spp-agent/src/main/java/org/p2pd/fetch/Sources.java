package org.p2pd.fetch;

import java.util.List;
import java.util.Optional;
import org.p2pd.spp.Referral;

/** Who can be asked for blocks now. Thread-safe; never waits. */
@FunctionalInterface
public interface Sources {

  /**
   * All that are known, usable or not, in no order. The list may change from call to call; a source
   * keeps its name for as long as it is known. When one becomes usable, {@link
   * CacheContent#sourcesChanged} makes it known at once.
   */
  List<BlockSource> current();

  /**
   * The node to which a parent referred, although it may not be known here yet; nothing if it is
   * not to be asked. It is among {@link #current} from then on, for as long as it is of use.
   */
  default Optional<BlockSource> referred(Referral referral) {
    return current().stream()
        .filter(one -> one.node().equals(Optional.of(referral.to())))
        .findFirst();
  }
}
