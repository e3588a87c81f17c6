package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who has to go when more come than there are places. */
class WaitingRoomTest {

  private final WaitingRoom room = new WaitingRoom();
  private final List<Caller> callers = new ArrayList<>();
  private long now;

  @AfterEach
  void end() {
    callers.forEach(Caller::hangUp);
  }

  private Caller caller(String address, boolean known) throws IOException {
    Caller caller =
        new Caller(SocketChannel.open(), InetAddresses.forString(address), known, now++);
    callers.add(caller);
    return caller;
  }

  private static String elsewhere(int number) {
    return "10." + number / 256 + "." + number % 256 + ".1";
  }

  @Test
  void aNetworkHasItsShareAndItsOldestGoes() throws Exception {
    Caller other = caller("10.0.1.1", false);
    assertThat(room.enter(other)).isEmpty();
    Caller first = caller("10.0.0.1", false);
    assertThat(room.enter(first)).isEmpty();
    for (int i = 1; i < WaitingRoom.MAX_OF_ONE; i++) {
      assertThat(room.enter(caller("10.0.0." + i, false))).isEmpty();
    }
    assertThat(room.enter(caller("10.0.0.200", false))).contains(first);
    assertThat(room.all()).hasSize(WaitingRoom.MAX_OF_ONE + 1).contains(other);
  }

  @Test
  void aNetworkOfIpv6IsSixtyFourBits() throws Exception {
    Caller first = caller("2001:db8::1", false);
    assertThat(room.enter(first)).isEmpty();
    for (int i = 1; i < WaitingRoom.MAX_OF_ONE; i++) {
      assertThat(room.enter(caller("2001:db8:0:0:" + i + "::1", false))).isEmpty();
    }
    assertThat(room.enter(caller("2001:db8:0:1::", false))).isEmpty();
    assertThat(room.enter(caller("2001:db8::ffff:1", false))).contains(first);
  }

  @Test
  void ofThisMachinesOwnAddressesEachCountsAlone() throws Exception {
    for (int i = 0; i < 2 * WaitingRoom.MAX_OF_ONE; i++) {
      assertThat(room.enter(caller("127.0.0." + (1 + i), false))).isEmpty();
    }
  }

  @Test
  void whenStrangersFillTheirHalfTheirOldestGoesAndKnownOnesStay() throws Exception {
    Caller member = caller("10.250.0.1", true);
    assertThat(room.enter(member)).isEmpty();
    Caller first = caller(elsewhere(0), false);
    assertThat(room.enter(first)).isEmpty();
    for (int i = 1; i < WaitingRoom.MAX; i++) {
      assertThat(room.enter(caller(elsewhere(i), false))).isEmpty();
    }
    assertThat(room.enter(caller(elsewhere(WaitingRoom.MAX), false))).contains(first);
    assertThat(room.enter(caller("10.250.0.2", true))).isEmpty();
    assertThat(room.all()).contains(member);
  }

  @Test
  void whoIsSilentTooLongGoes() throws Exception {
    Caller first = caller(elsewhere(0), false);
    Caller member = caller(elsewhere(1), true);
    Caller later = caller(elsewhere(2), false);
    List.of(first, member, later).forEach(room::enter);
    assertThat(room.silentFor(10, 9)).isEmpty();
    assertThat(room.silentFor(10, 11)).containsExactlyInAnyOrder(first, member);
    assertThat(room.all()).containsExactly(later);
    room.leave(later);
    assertThat(room.isEmpty()).isTrue();
  }
}
