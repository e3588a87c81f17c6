package org.p2pd.cluster.jgroups;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.Member;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;

/**
 * Who a member is, in the address under which the engine knows it: so it arrives with the view
 * itself. Three values of at most 255 bytes: {@code m}, u8 version (2), 32 bytes public key, u8
 * role (0 server, 1 cache), u16 cluster port, u16 HTTP port, u64 when it was signed (milliseconds
 * since 1970), the host; {@code p}, the context path, left out when it is empty; and {@code s}, 64
 * bytes, the node's signature of {@code p2pd-member}, the 16 bytes of the engine's own address, the
 * 32 of the group, u8 length of {@code m}, {@code m} and {@code p}.
 *
 * <p>So nobody can say that another node is where it is not, or was only once: of several addresses
 * of a node the one that it signed last counts.
 */
final class MemberAddress {

  private static final byte[] MEMBER = {'m'};
  private static final byte[] PATH = {'p'};
  private static final byte[] SIGNATURE = {'s'};
  private static final byte[] KIND = "p2pd-member".getBytes(US_ASCII);
  private static final byte VERSION = 2;
  private static final byte SERVER = 0;
  private static final byte CACHE = 1;
  private static final int FIXED_BYTES = 1 + PublicKey.BYTES + 1 + 2 + 2 + 8;

  private MemberAddress() {}

  /**
   * What a node says of itself.
   *
   * @param atMillis when it signed it
   */
  record Said(Member member, long atMillis) {

    /** Of two sayings of one node. */
    Said orLater(Said other) {
      return other.atMillis > atMillis ? other : this;
    }
  }

  /**
   * A new address; the same member gets another one each time it joins.
   *
   * @param key that of the member
   * @param atMillis the time now, in milliseconds since 1970
   */
  static ExtendedUUID of(Member member, NodeId group, NodeKey key, long atMillis) {
    if (!member.id().equals(key.id())) {
      throw new IllegalArgumentException(member + " has not the " + key);
    }
    NodeAddress at = member.address();
    byte[] host = at.host().getBytes(US_ASCII);
    ByteBuffer bytes = ByteBuffer.allocate(FIXED_BYTES + host.length);
    bytes.put(VERSION);
    bytes.put(key.publicKey().toBytes());
    bytes.put(member.role() == NodeFacts.Role.SERVER ? SERVER : CACHE);
    bytes.putShort((short) member.clusterPort());
    bytes.putShort((short) at.port());
    bytes.putLong(atMillis);
    bytes.put(host);
    ExtendedUUID address = ExtendedUUID.randomUUID();
    address.put(MEMBER, bytes.array());
    if (!at.contextPath().isEmpty()) {
      address.put(PATH, at.contextPath().getBytes(US_ASCII));
    }
    return address.put(SIGNATURE, key.sign(signed(address, group)));
  }

  private static byte[] signed(ExtendedUUID address, NodeId group) {
    byte[] member = value(address, MEMBER);
    byte[] path = value(address, PATH);
    return ByteBuffer.allocate(
            KIND.length + 2 * Long.BYTES + Hash.BYTES + 1 + member.length + path.length)
        .put(KIND)
        .putLong(address.getMostSignificantBits())
        .putLong(address.getLeastSignificantBits())
        .put(group.hash().toBytes())
        .put((byte) member.length)
        .put(member)
        .put(path)
        .array();
  }

  private static byte[] value(ExtendedUUID address, byte[] name) {
    byte @Nullable [] value = address.get(name);
    return value == null ? new byte[0] : value;
  }

  /** All that is said and signed in an address. Whoever says the same says it with equal bytes. */
  static ByteBuffer text(ExtendedUUID address, NodeId group) {
    byte[] signed = signed(address, group);
    byte[] signature = value(address, SIGNATURE);
    return ByteBuffer.allocate(signed.length + signature.length).put(signed).put(signature).flip();
  }

  /** What the member behind an address says, if it says it in this form and has signed it. */
  static Optional<Said> parse(Address address, NodeId group) {
    if (!(address instanceof ExtendedUUID extended)) {
      return Optional.empty();
    }
    byte[] member = value(extended, MEMBER);
    if (member.length > FIXED_BYTES + Member.MAX_HOST_CHARS) {
      return Optional.empty();
    }
    try {
      return parse(ByteBuffer.wrap(member), extended, group);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      return Optional.empty(); // a node that is not like us: for us it is not there
    }
  }

  private static Optional<Said> parse(ByteBuffer member, ExtendedUUID address, NodeId group) {
    if (member.get() != VERSION) {
      return Optional.empty();
    }
    byte[] raw = new byte[PublicKey.BYTES];
    member.get(raw);
    byte role = member.get();
    int clusterPort = Short.toUnsignedInt(member.getShort());
    int port = Short.toUnsignedInt(member.getShort());
    long atMillis = member.getLong();
    String host = US_ASCII.decode(member).toString();
    if (role != SERVER && role != CACHE) {
      return Optional.empty();
    }
    NodeAddress at = new NodeAddress(host, port, new String(value(address, PATH), US_ASCII));
    NodeFacts.Role as = role == SERVER ? NodeFacts.Role.SERVER : NodeFacts.Role.CACHE;
    return PublicKey.ofRaw(raw)
        .filter(key -> key.verify(signed(address, group), value(address, SIGNATURE)))
        .map(key -> new Said(new Member(key.id(), as, at, clusterPort), atMillis));
  }
}
