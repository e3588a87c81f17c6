package org.p2pd.siblings;

import org.p2pd.cluster.Member;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Referral;

/** Who a sibling is, and where it answers: as a member in view, or as a parent's referral says. */
record Sibling(NodeId id, NodeAddress address) {

  static Sibling of(Member member) {
    return new Sibling(member.id(), member.address());
  }

  static Sibling of(Referral referral) {
    return new Sibling(referral.to(), referral.at());
  }
}
