package org.p2pd.cluster.jgroups;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.Member;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;

/**
 * Who a member is, in the address under which the engine knows it: so it arrives with the view
 * itself. Two values of at most 255 bytes: {@code m}, u8 version (1), 32 bytes node id, u8 role (0
 * server, 1 cache), u16 cluster port, u16 HTTP port, the host; and {@code p}, the context path,
 * left out when it is empty.
 */
final class MemberAddress {

  private static final byte[] MEMBER = {'m'};
  private static final byte[] PATH = {'p'};
  private static final byte VERSION = 1;
  private static final byte SERVER = 0;
  private static final byte CACHE = 1;
  private static final int FIXED_BYTES = 1 + Hash.BYTES + 1 + 2 + 2;

  private MemberAddress() {}

  /** A new address; the same member gets another one each time it joins. */
  static ExtendedUUID of(Member member) {
    NodeAddress at = member.address();
    byte[] host = at.host().getBytes(US_ASCII);
    ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + host.length);
    bytes.put(VERSION);
    member.id().hash().write(bytes);
    bytes.put(member.role() == NodeFacts.Role.SERVER ? SERVER : CACHE);
    bytes.putShort((short) member.clusterPort());
    bytes.putShort((short) at.port());
    bytes.put(host);
    ExtendedUUID address = ExtendedUUID.randomUUID();
    address.put(MEMBER, bytes.array());
    if (!at.contextPath().isEmpty()) {
      address.put(PATH, at.contextPath().getBytes(US_ASCII));
    }
    return address;
  }

  /** The member behind an address, if the address says it in this form. */
  static Optional<Member> parse(Address address) {
    if (!(address instanceof ExtendedUUID extended)) {
      return Optional.empty();
    }
    byte @Nullable [] member = extended.get(MEMBER);
    byte @Nullable [] path = extended.get(PATH);
    if (member == null || member.length > FIXED_BYTES + Member.MAX_HOST_CHARS) {
      return Optional.empty();
    }
    try {
      return parse(ByteBuffer.wrap(member), path == null ? "" : new String(path, US_ASCII));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return Optional.empty(); // a node that is not like us: for us it is not there
    }
  }

  private static Optional<Member> parse(ByteBuffer member, String path) {
    if (member.get() != VERSION) {
      return Optional.empty();
    }
    NodeId id = new NodeId(Hash.read(member));
    byte role = member.get();
    int clusterPort = Short.toUnsignedInt(member.getShort());
    int port = Short.toUnsignedInt(member.getShort());
    String host = US_ASCII.decode(member).toString();
    if (role != SERVER && role != CACHE) {
      return Optional.empty();
    }
    return Optional.of(
        new Member(
            id,
            role == SERVER ? NodeFacts.Role.SERVER : NodeFacts.Role.CACHE,
            new NodeAddress(host, port, path),
            clusterPort));
  }
}
