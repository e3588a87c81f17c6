package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import org.jgroups.Address;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.LazyRemovalCache;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.Member;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Where the engine finds a member that it has only heard of. */
class MemberTransportTest {

  private static final NodeId GROUP = NodeKey.generate().id();

  private final MemberTransport transport =
      new MemberTransport(new ProvenMembers(GROUP, InetAddresses.forString("10.0.0.1")));

  @BeforeEach
  void cache() {
    transport.setValue("logical_addr_cache", new LazyRemovalCache<>(10, 0));
  }

  private static Address at(String host) {
    NodeKey key = NodeKey.generate();
    Member member = new Member(key.id(), Role.CACHE, new NodeAddress(host, 8_080, ""), 8_081);
    return MemberAddress.of(member, GROUP, key, 1);
  }

  @Test
  void aMemberIsWhereItsAddressSays() throws Exception {
    Address member = at("10.0.0.7");
    assertThat(transport.getPhysicalAddressFromCache(member))
        .isEqualTo(new IpAddress("10.0.0.7", 8_081));
    assertThat(transport.getLogicalAddressCache().get(member))
        .isEqualTo(new IpAddress("10.0.0.7", 8_081));
    assertThat(transport.getPhysicalAddressFromCache(at("fd00::1")))
        .isEqualTo(new IpAddress("fd00::1", 8_081));
  }

  @Test
  void whatIsKnownOtherwiseGoesFirst() throws Exception {
    Address member = at("10.0.0.7");
    IpAddress known = new IpAddress("192.0.2.1", 9_000);
    transport.addPhysicalAddressToCache(member, known);
    assertThat(transport.getPhysicalAddressFromCache(member)).isEqualTo(known);
  }

  @Test
  void namesAreNotLookedUpAndOthersAreNotKnown() {
    assertThat(transport.getPhysicalAddressFromCache(at("localhost"))).isNull();
    assertThat(transport.getPhysicalAddressFromCache(at("127.0.0.1"))).isNull();
    assertThat(transport.getPhysicalAddressFromCache(UUID.randomUUID())).isNull();
    assertThat(transport.getPhysicalAddressFromCache(null)).isNull();
  }
}
