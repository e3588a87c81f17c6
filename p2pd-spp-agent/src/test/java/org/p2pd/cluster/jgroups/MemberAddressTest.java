package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
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
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Who a member is, through the engine's address and back. */
class MemberAddressTest {

  private static final NodeId ID = NodeKey.generate().id();
  private static final byte[] MEMBER = {'m'};
  private static final byte[] PATH = {'p'};

  private static Member member(Role role, String host, int port, String path, int clusterPort) {
    return new Member(ID, role, new NodeAddress(host, port, path), clusterPort);
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
    Util.writeAddress(MemberAddress.of(member), out);
    Address there = Util.readAddress(new ByteArrayDataInputStream(out.buffer(), 0, out.position()));
    assertThat(MemberAddress.parse(there)).contains(member);
  }

  @Test
  void eachJoiningHasAnAddressOfItsOwn() {
    Member member = members().findFirst().orElseThrow();
    assertThat(MemberAddress.of(member)).isNotEqualTo(MemberAddress.of(member));
  }

  @Test
  void anotherKindOfAddressIsNobody() {
    assertThat(MemberAddress.parse(UUID.randomUUID())).isEmpty();
    assertThat(MemberAddress.parse(ExtendedUUID.randomUUID())).isEmpty();
  }

  static Stream<byte[]> malformed() {
    byte[] right = right();
    return Stream.of(
        new byte[0],
        Arrays.copyOf(right, right.length - "10.0.0.1".length()), // no host
        Arrays.copyOf(right, 20),
        with(0, 2), // another version
        with(33, 2), // another role
        with(34, 0, 0), // cluster port 0
        with(36, 0, 0), // port 0
        with(38, ' '),
        with(38, 0x80),
        Arrays.copyOf(right, 103));
  }

  private static byte[] right() {
    return MemberAddress.of(members().findFirst().orElseThrow()).get(MEMBER);
  }

  private static byte[] with(int at, int... values) {
    byte[] bytes = right().clone();
    for (int i = 0; i < values.length; i++) {
      bytes[at + i] = (byte) values[i];
    }
    return bytes;
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedOneIsNobody(byte[] value) {
    assertThat(MemberAddress.parse(ExtendedUUID.randomUUID().put(MEMBER, value))).isEmpty();
  }

  @Test
  void aPathThatIsNoneIsNobodys() {
    ExtendedUUID address = ExtendedUUID.randomUUID().put(MEMBER, right());
    assertThat(MemberAddress.parse(address)).isPresent();
    address.put(PATH, new byte[] {'/', '.', '.'});
    assertThat(MemberAddress.parse(address)).isEmpty();
  }

  @RepeatedTest(200)
  void anyBytesAreAMemberOrNobody(RepetitionInfo round) throws IOException {
    Random random = new Random(round.getCurrentRepetition());
    byte[] value = with(random.nextInt(46), random.nextInt(256));
    byte[] path = new byte[random.nextInt(4)];
    random.nextBytes(path);
    ExtendedUUID address = ExtendedUUID.randomUUID().put(MEMBER, value).put(PATH, path);
    MemberAddress.parse(address).ifPresent(member -> assertThat(member.clusterPort()).isPositive());
  }
}
