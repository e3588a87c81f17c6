package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.jgroups.Address;
import org.jgroups.util.ByteArrayDataInputStream;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.ExtendedUUID;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.p2pd.cluster.Member;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Who a member is, through the engine's address and back. */
class MemberAddressTest {

  private static final NodeKey KEY = NodeKey.generate();
  private static final NodeId GROUP = NodeKey.generate().id();
  private static final byte[] MEMBER = {'m'};
  private static final byte[] PATH = {'p'};
  private static final byte[] SIGNATURE = {'s'};
  private static final long NOW = 1_700_000_000_000L;

  private static Member member(Role role, String host, int port, String path, int clusterPort) {
    return new Member(KEY.id(), role, new NodeAddress(host, port, path), clusterPort);
  }

  static Stream<Member> members() {
    return Stream.of(
        member(Role.SERVER, "10.0.0.1", 8_080, "", 8_081),
        member(Role.CACHE, "fd00::1", 65_535, "/video", 65_535),
        member(Role.CACHE, "a".repeat(Member.MAX_HOST_CHARS), 1, "/" + "b".repeat(199), 1));
  }

  @ParameterizedTest
  @MethodSource("members")
  void itArrivesAsItWas(Member member) throws Exception {
    ByteArrayDataOutputStream out = new ByteArrayDataOutputStream();
    Util.writeAddress(of(member), out);
    Address there = Util.readAddress(new ByteArrayDataInputStream(out.buffer(), 0, out.position()));
    assertThat(parse(there)).contains(member);
    assertThat(MemberAddress.parse(there, GROUP).orElseThrow().atMillis()).isEqualTo(NOW);
  }

  private static ExtendedUUID of(Member member) {
    return MemberAddress.of(member, GROUP, KEY, NOW);
  }

  private static Optional<Member> parse(Address address) {
    return MemberAddress.parse(address, GROUP).map(MemberAddress.Said::member);
  }

  /** The same values in another address. */
  private static ExtendedUUID moved(ExtendedUUID from) {
    ExtendedUUID to = ExtendedUUID.randomUUID();
    to.put(MEMBER, from.get(MEMBER)).put(SIGNATURE, from.get(SIGNATURE));
    return to;
  }

  @Test
  void whatAnotherKeySignedIsNobody() {
    Member member = members().findFirst().orElseThrow();
    NodeKey thief = NodeKey.generate();
    assertThatThrownBy(() -> MemberAddress.of(member, GROUP, thief, NOW))
        .isInstanceOf(IllegalArgumentException.class);
    Member itself = new Member(thief.id(), member.role(), member.address(), member.clusterPort());
    ExtendedUUID stolen = MemberAddress.of(itself, GROUP, thief, NOW);
    assertThat(parse(stolen)).contains(itself);
    byte[] value = stolen.get(MEMBER).clone();
    System.arraycopy(KEY.publicKey().toBytes(), 0, value, 1, PublicKey.BYTES);
    assertThat(parse(stolen.put(MEMBER, value))).isEmpty();
  }

  @Test
  void whatIsNotSignedIsNobody() {
    Member member = members().findFirst().orElseThrow();
    ExtendedUUID unsigned = ExtendedUUID.randomUUID().put(MEMBER, of(member).get(MEMBER));
    assertThat(parse(unsigned)).isEmpty();
    assertThat(parse(unsigned.put(SIGNATURE, new byte[PublicKey.SIGNATURE_BYTES]))).isEmpty();
  }

  @Test
  void itCountsInItsGroupAndUnderItsEngineAddressOnly() {
    ExtendedUUID address = of(members().findFirst().orElseThrow());
    assertThat(MemberAddress.parse(address, NodeKey.generate().id())).isEmpty();
    assertThat(parse(moved(address))).isEmpty();
    assertThat(parse(address)).isPresent();
  }

  @Test
  void ofTwoSayingsTheLaterCounts() {
    Member member = members().findFirst().orElseThrow();
    MemberAddress.Said before = new MemberAddress.Said(member, NOW);
    MemberAddress.Said after = new MemberAddress.Said(member, NOW + 1);
    assertThat(before.orLater(after)).isSameAs(after);
    assertThat(after.orLater(before)).isSameAs(after);
  }

  @Test
  void eachJoiningHasAnAddressOfItsOwn() {
    Member member = members().findFirst().orElseThrow();
    assertThat(of(member)).isNotEqualTo(of(member));
  }

  @Test
  void anotherKindOfAddressIsNobody() {
    assertThat(parse(UUID.randomUUID())).isEmpty();
    assertThat(parse(ExtendedUUID.randomUUID())).isEmpty();
  }

  static Stream<byte[]> malformed() {
    byte[] right = right();
    return Stream.of(
        new byte[0],
        Arrays.copyOf(right, right.length - "10.0.0.1".length()), // no host
        Arrays.copyOf(right, 20),
        with(0, 1), // another version
        with(33, 2), // another role
        with(34, 0, 0), // cluster port 0
        with(36, 0, 0), // port 0
        with(46, ' '),
        with(46, 0x80),
        Arrays.copyOf(right, 111));
  }

  private static byte[] right() {
    return of(members().findFirst().orElseThrow()).get(MEMBER);
  }

  private static byte[] with(int at, int... values) {
    byte[] bytes = right().clone();
    for (int i = 0; i < values.length; i++) {
      bytes[at + i] = (byte) values[i];
    }
    return bytes;
  }

  /** Its own node has signed it, whatever it says. */
  private static ExtendedUUID signed(byte[] value, byte[] path) {
    ExtendedUUID address = ExtendedUUID.randomUUID().put(MEMBER, value);
    if (path.length > 0) {
      address.put(PATH, path);
    }
    ByteBuffer text = MemberAddress.text(address, GROUP);
    byte[] bytes = new byte[text.remaining()];
    text.get(bytes);
    return address.put(SIGNATURE, KEY.sign(bytes));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedOneIsNobody(byte[] value) {
    assertThat(parse(signed(value, new byte[0]))).isEmpty();
  }

  @Test
  void aPathThatIsNoneIsNobodys() {
    assertThat(parse(signed(right(), new byte[0]))).isPresent();
    assertThat(parse(signed(right(), new byte[] {'/', 'a'}))).isPresent();
    assertThat(parse(signed(right(), new byte[] {'/', '.', '.'}))).isEmpty();
  }

  @RepeatedTest(200)
  void anyBytesAreAMemberOrNobody(RepetitionInfo round) {
    Random random = new Random(round.getCurrentRepetition());
    byte[] value = with(random.nextInt(54), random.nextInt(256));
    byte[] path = new byte[random.nextInt(4)];
    random.nextBytes(path);
    parse(signed(value, path)).ifPresent(member -> assertThat(member.clusterPort()).isPositive());
  }
}
