package org.p2pd.cluster.jgroups;

import org.jgroups.util.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;

/** Makes the engine's threads, so that their names say whose they are: daemons, never virtual. */
final class EngineThreads extends DefaultThreadFactory {

  static final String PREFIX = "p2pd-cluster-";

  EngineThreads() {
    super("worker", true, true);
  }

  @Override
  protected Thread newThread(
      Runnable work, String name, @Nullable String address, @Nullable String cluster) {
    return super.newThread(work, PREFIX + name, address, cluster);
  }

  /** Names say nothing that changes. */
  @Override
  public void renameThread(
      @Nullable String name,
      @Nullable Thread thread,
      @Nullable String address,
      @Nullable String cluster) {}
}
