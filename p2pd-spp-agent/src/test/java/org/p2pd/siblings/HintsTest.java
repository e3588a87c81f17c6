package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.Endpoint;

class HintsTest {

  private final Deque<Runnable> lookups = new ArrayDeque<>();

  private Hints hints(String... names) {
    return new Hints(List.of(names), () -> new Endpoint(8080, "/video"), lookups::add);
  }

  @Test
  void areTheAddressesBehindTheNamesAtItsOwnPort() {
    Hints hints = hints("127.0.0.7", "no-such-host.invalid", "::1", "127.0.0.7");
    assertThat(hints.refresh()).as("not looked up yet").isEmpty();
    lookups.pop().run();
    assertThat(hints.refresh())
        .containsExactly(
            new NodeAddress("127.0.0.7", 8080, "/video"), new NodeAddress("::1", 8080, "/video"));
  }

  @Test
  void areLookedUpOnceAtATime() {
    Hints hints = hints("127.0.0.7");
    for (int i = 0; i < 10; i++) {
      hints.refresh();
    }
    assertThat(lookups).hasSize(1);
    lookups.pop().run();
    hints.refresh();
    assertThat(lookups).hasSize(1);
  }

  @Test
  void areLookedUpLaterWhenTooMuchWaits() {
    boolean[] full = {true};
    Hints hints =
        new Hints(
            List.of("127.0.0.7"),
            () -> new Endpoint(8080, ""),
            task -> {
              if (full[0]) {
                throw new RejectedExecutionException();
              }
              task.run();
            });
    assertThat(hints.refresh()).isEmpty();
    full[0] = false;
    assertThat(hints.refresh()).hasSize(1);
  }

  @Test
  void withoutNamesAreNotLookedUp() {
    assertThat(hints().refresh()).isEmpty();
    assertThat(lookups).isEmpty();
  }

  @Test
  void areNotMoreThanCanBeAsked() {
    String[] names = new String[100];
    for (int i = 0; i < names.length; i++) {
      names[i] = "127.0.1." + i;
    }
    Hints hints = hints(names);
    hints.refresh();
    lookups.pop().run();
    assertThat(hints.refresh()).hasSize(32);
  }
}
