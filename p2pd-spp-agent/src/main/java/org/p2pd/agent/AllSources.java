package org.p2pd.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.fetch.BlockSource;
import org.p2pd.fetch.Sources;
import org.p2pd.siblings.Siblings;
import org.p2pd.spp.Referral;
import org.p2pd.upstream.Upstream;

/** Everyone whom a cache can ask for blocks: parents, stand-ins, mirrors, siblings. */
record AllSources(Upstream upstream, Siblings siblings) implements Sources {

  @Override
  public List<BlockSource> current() {
    List<BlockSource> all = new ArrayList<>(upstream.sources());
    all.addAll(siblings.sources());
    return all;
  }

  @Override
  public Optional<BlockSource> referred(Referral referral) {
    return siblings.referred(referral);
  }
}
