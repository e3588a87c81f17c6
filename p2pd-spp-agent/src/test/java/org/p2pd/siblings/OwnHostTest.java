package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.Member;
import org.p2pd.spp.NodeAddress;

class OwnHostTest {

  private static final Executor NOT_ASKED =
      task -> {
        throw new AssertionError("nothing has to be looked up");
      };

  private static final NodeAddress PARENT = new NodeAddress("127.0.0.1", 8080, "");

  private static InetAddress address(String text) throws Exception {
    return InetAddress.getByName(text);
  }

  @Test
  void isWhatItWasToldToSay() throws Exception {
    OwnHost host =
        new OwnHost(Optional.of("me.example"), Optional.of(address("10.1.2.3")), NOT_ASKED);
    assertThat(host.towards(PARENT).join()).isEqualTo("me.example");
    assertThat(host.reachedAt(address("10.0.0.9"))).isEqualTo("me.example");
    assertThat(host.likely()).isEqualTo("me.example");
  }

  @Test
  void isTheOneAddressOnWhichItListens() throws Exception {
    OwnHost host = new OwnHost(Optional.empty(), Optional.of(address("2001:db8::1")), NOT_ASKED);
    assertThat(host.towards(PARENT).join()).isEqualTo("2001:db8::1");
    assertThat(host.reachedAt(address("10.0.0.9"))).isEqualTo("2001:db8::1");
    assertThat(host.likely()).isEqualTo("2001:db8::1");
  }

  @Test
  void isTheWayToTheParentForWhichNobodyWaits() throws Exception {
    OwnHost host = new OwnHost(Optional.empty(), Optional.empty(), NOT_ASKED);
    assertThat(host.towards(PARENT)).isCompletedWithValue("127.0.0.1");
    assertThat(host.reachedAt(address("10.0.0.9"))).isEqualTo("10.0.0.9");
    assertThat(host.likely()).matches(Member::isHost);
  }

  @Test
  void isFoundElsewhereWhenANameHasToBeLookedUp() {
    Deque<Runnable> names = new ArrayDeque<>();
    OwnHost host = new OwnHost(Optional.empty(), Optional.empty(), names::add);
    CompletableFuture<String> way = host.towards(new NodeAddress("localhost", 8080, ""));
    assertThat(way).isNotDone();
    names.pop().run();
    assertThat(way.join()).matches(Member::isHost);
  }

  @Test
  void isNotFoundWithoutAWay() {
    OwnHost host = new OwnHost(Optional.empty(), Optional.empty(), Runnable::run);
    assertThat(host.towards(new NodeAddress("no-such-host.invalid", 8080, "")))
        .isCompletedExceptionally();
  }

  @Test
  void hasNoZone() throws Exception {
    OwnHost host = new OwnHost(Optional.empty(), Optional.empty(), NOT_ASKED);
    InetAddress zoned =
        java.net.Inet6Address.getByAddress(null, address("fe80::7").getAddress(), 1);
    assertThat(host.reachedAt(zoned)).isEqualTo("fe80::7").matches(Member::isHost);
  }
}
