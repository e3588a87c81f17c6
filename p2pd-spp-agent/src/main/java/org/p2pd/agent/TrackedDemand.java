package org.p2pd.agent;

import org.p2pd.fetch.Demand;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.Edition;

/** Siblings are asked exactly about what is being fetched. */
record TrackedDemand(KnownHoldings known) implements Demand {

  @Override
  public void begins(Edition edition) {
    known.active(edition);
  }

  @Override
  public void ends(Edition edition) {
    known.idle(edition);
  }
}
