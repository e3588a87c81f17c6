package org.p2pd.agent;

import org.p2pd.model.ByteRange;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.HeldListener;
import org.p2pd.store.Holding;
import org.p2pd.upstream.Upstream;

/** Parents that count on this node are told what it does not hold any more. */
record Evicted(Upstream upstream) implements HeldListener {

  @Override
  public void found(Holding about) {}

  @Override
  public void counted(Holding now, HeldLeaves all) {}

  @Override
  public void held(Holding now, ByteRange range) {}

  @Override
  public void gone(Holding now, ByteRange range) {
    upstream.evicted(now.id(), range);
  }
}
