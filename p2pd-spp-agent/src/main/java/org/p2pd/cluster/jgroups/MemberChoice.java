package org.p2pd.cluster.jgroups;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;

/** Which members a node takes note of when the engine names too many. Pure. */
final class MemberChoice {

  private MemberChoice() {}

  /** All, or the parent, those seen before and then the others, up to the bound. */
  static List<Member> of(Collection<Member> named, GroupView before) {
    if (named.size() <= GroupView.MAX_OTHERS) {
      return List.copyOf(named);
    }
    List<Member> all = new ArrayList<>(named);
    all.sort(Comparator.comparing(member -> rank(member, before))); // stable
    return List.copyOf(all.subList(0, GroupView.MAX_OTHERS));
  }

  private static int rank(Member member, GroupView before) {
    if (member.id().equals(before.group())) {
      return 0;
    }
    return before.contains(member.id()) ? 1 : 2;
  }
}
