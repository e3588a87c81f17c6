package org.p2pd.upstream;

/** Hears that a parent became usable, or ceased to be. Must not block. */
@FunctionalInterface
public interface LinkListener {

  void sourcesChanged();
}
