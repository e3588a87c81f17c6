package org.p2pd.cluster.jgroups;

import com.google.common.net.InetAddresses;
import java.util.Optional;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.PhysicalAddress;
import org.jgroups.View;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.IpAddress;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.Member;

/**
 * The engine's transport, which finds a member at the place that its address names. The engine by
 * itself would have to ask around when it hears of a member from another one, and drop what it has
 * for it meanwhile, such as the answer to its joining: that costs seconds.
 */
final class MemberTransport extends TCP {

  private final ProvenMembers proven;

  MemberTransport(ProvenMembers proven) {
    this.proven = proven;
  }

  @Override
  public @Nullable PhysicalAddress getPhysicalAddressFromCache(@Nullable Address member) {
    PhysicalAddress known = super.getPhysicalAddressFromCache(member);
    if (known != null || member == null) {
      return known;
    }
    Optional<PhysicalAddress> named = place(member);
    named.ifPresent(place -> addPhysicalAddressToCache(member, place, false));
    return named.orElse(null);
  }

  @Override
  public Object down(Event event) {
    if (event.getType() == Event.VIEW_CHANGE || event.getType() == Event.TMP_VIEW) {
      View view = event.getArg();
      view.getMembers().forEach(this::getPhysicalAddressFromCache);
    }
    return super.down(event);
  }

  private Optional<PhysicalAddress> place(Address member) {
    return proven.said(member).map(said -> place(said.member()));
  }

  private static PhysicalAddress place(Member member) {
    return new IpAddress(InetAddresses.forString(member.address().host()), member.clusterPort());
  }
}
