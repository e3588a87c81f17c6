package org.p2pd.cluster.jgroups;

import com.google.common.net.InetAddresses;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Reach;
import org.p2pd.model.NodeId;

/**
 * The members of one group that have signed where they are, at addresses to which this node talks.
 * Remembers what it has verified: the engine names all of them again and again. Thread-safe.
 */
final class ProvenMembers {

  /** The most that are remembered; of more, those asked for the longest ago are verified again. */
  static final int MAX = 1_024;

  /** Empty if it is nobody. */
  private record Verified(Optional<MemberAddress.Said> said) {}

  private final NodeId group;
  private final InetAddress own;

  @GuardedBy("this")
  private final Map<ByteBuffer, Verified> verified = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param own where this node is reached
   */
  ProvenMembers(NodeId group, InetAddress own) {
    this.group = group;
    this.own = own;
  }

  /** What the member behind an address says of itself, if it is one. */
  Optional<MemberAddress.Said> said(Address address) {
    if (!(address instanceof ExtendedUUID extended)) {
      return Optional.empty();
    }
    ByteBuffer text = MemberAddress.text(extended, group);
    Optional<Verified> known = remembered(text);
    if (known.isPresent()) {
      return known.get().said;
    }
    Optional<MemberAddress.Said> said =
        MemberAddress.parse(address, group).filter(one -> isReachable(one.member()));
    remember(text, new Verified(said));
    return said;
  }

  /** Empty: it was never verified. */
  private synchronized Optional<Verified> remembered(ByteBuffer text) {
    return Optional.ofNullable(verified.get(text));
  }

  private synchronized void remember(ByteBuffer text, Verified said) {
    verified.put(text, said);
    if (verified.size() > MAX) {
      verified.remove(verified.keySet().iterator().next());
    }
  }

  private boolean isReachable(Member member) {
    return Reach.admits(member.address().host(), InetAddresses.toAddrString(own));
  }
}
