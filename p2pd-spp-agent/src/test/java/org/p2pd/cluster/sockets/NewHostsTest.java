package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How fast addresses may become known. */
class NewHostsTest {

  private long now;
  private int last;
  private final NewHosts hosts =
      new NewHosts(
          new Ticker() {
            @Override
            public long read() {
              return now;
            }
          });

  private InetAddress fresh() {
    last++;
    return InetAddresses.forString("10.0." + last / 256 + "." + last % 256);
  }

  private int admitted(int of) {
    int admitted = 0;
    for (int i = 0; i < of; i++) {
      admitted += hosts.admits(fresh()) ? 1 : 0;
    }
    return admitted;
  }

  @Test
  void someAtOnceThenSoManyASecond() {
    assertThat(admitted(200)).isEqualTo(NewHosts.AT_ONCE);
    now += TimeUnit.SECONDS.toNanos(1);
    assertThat(admitted(200)).isEqualTo(NewHosts.PER_SECOND);
    now += TimeUnit.HOURS.toNanos(1);
    assertThat(admitted(200)).isEqualTo(NewHosts.AT_ONCE);
  }

  @Test
  void whoWasDialledBeforeIsNotNew() {
    InetAddress first = fresh();
    assertThat(hosts.admits(first)).isTrue();
    assertThat(admitted(200)).isEqualTo(NewHosts.AT_ONCE - 1);
    assertThat(hosts.admits(first)).isTrue();
  }
}
