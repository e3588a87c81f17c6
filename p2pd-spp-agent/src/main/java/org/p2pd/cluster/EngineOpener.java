package org.p2pd.cluster;

import java.io.IOException;
import java.util.List;
import org.p2pd.spp.Secret;

/** Opens the engine of a node, whenever its secrets have become others; simulated in tests. */
@FunctionalInterface
public interface EngineOpener {

  /**
   * Opens it.
   *
   * @param secrets at least one; the first is spoken, all are accepted
   * @throws IOException if the port cannot be had; the message says which and why
   */
  Engine open(List<Secret> secrets) throws IOException;
}
