package org.p2pd.siblings;

import java.util.List;
import org.p2pd.cluster.Member;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.SppLimits;

/** Members as they are told of over SPP. */
final class Entries {

  private Entries() {}

  static GroupMembers.Entry of(Member member) {
    return new GroupMembers.Entry(
        member.id(), member.role(), member.address(), member.clusterPort());
  }

  static List<GroupMembers.Entry> atMost(List<GroupMembers.Entry> members) {
    return members.subList(0, Math.min(members.size(), SppLimits.MAX_MEMBERS));
  }
}
