package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Which members are taken note of. */
class ProvenMembersTest {

  private static final NodeKey PARENT = NodeKey.generate();
  private static final NodeId GROUP = PARENT.id();

  private static Member member(NodeId id, String host) {
    return new Member(id, Role.CACHE, new NodeAddress(host, 8_080, ""), 8_081);
  }

  private static boolean sees(String own, String host) {
    NodeKey key = NodeKey.generate();
    Member member = member(key.id(), host);
    ProvenMembers members = new ProvenMembers(GROUP, InetAddresses.forString(own));
    return members
        .said(MemberAddress.of(member, GROUP, key, 1))
        .map(MemberAddress.Said::member)
        .equals(java.util.Optional.of(member));
  }

  @Test
  void aMemberIsAtAnAddressToWhichThisNodeMayTalk() {
    assertThat(sees("10.0.0.1", "10.0.0.2")).isTrue();
    assertThat(sees("10.0.0.1", "fd00::1")).isTrue();
    assertThat(sees("10.0.0.1", "cache.example")).isFalse();
    assertThat(sees("10.0.0.1", "127.0.0.1")).isFalse();
    assertThat(sees("10.0.0.1", "169.254.169.254")).isFalse();
    assertThat(sees("127.0.0.1", "127.0.0.2")).isTrue();
  }

  @Test
  void whatWasVerifiedIsRememberedByAllThatItSays() {
    ProvenMembers members = new ProvenMembers(GROUP, InetAddresses.forString("10.0.0.1"));
    Member member = member(PARENT.id(), "10.0.0.2");
    var address = MemberAddress.of(member, GROUP, PARENT, 1);
    assertThat(members.said(address)).isPresent();
    assertThat(members.said(address)).isPresent();
    byte[] value = address.get(new byte[] {'m'}).clone();
    value[value.length - 1]++; // another host under the same engine address
    assertThat(members.said(address.put(new byte[] {'m'}, value))).isEmpty();
  }

  @Test
  void ofTooManyTheParentAndThoseSeenBeforeStay() {
    List<Member> before = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      before.add(member(NodeKey.generate().id(), "10.0.0." + i));
    }
    List<Member> named = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      named.add(member(NodeKey.generate().id(), "10.0." + (1 + i / 250) + "." + i % 250));
    }
    named.addAll(before);
    Member parent = member(GROUP, "10.9.9.9");
    named.add(parent);
    List<Member> chosen = MemberChoice.of(named, new GroupView(1, GROUP, before));
    assertThat(chosen).hasSize(GroupView.MAX_OTHERS).contains(parent).containsAll(before);
    assertThat(MemberChoice.of(before, GroupView.none(GROUP))).isEqualTo(before);
  }
}
