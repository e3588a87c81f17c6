package org.p2pd.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;

/** Members and views that cannot be wrong. */
class ClusterValuesTest {

  private final NodeId id = NodeKey.generate().id();

  private Member at(String host, int clusterPort) {
    return new Member(id, Role.CACHE, new NodeAddress(host, 8_080, ""), clusterPort);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1", "fd00::1", "cache-1.example.com", "a_b"})
  void hostsAreNamesAndAddresses(String host) {
    assertThat(at(host, 8_081).seed()).isEqualTo(new Seed(host, 8_081));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[::1]",
        "10.0.0.1 ",
        "a/b",
        "fe80::1%eth0",
        "ä.example",
        "a2345678901234567890123456789012345678901234567890123456789012345"
      })
  void nothingElseIsAHost(String host) {
    assertThatThrownBy(() -> at(host, 8_081)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Seed(host, 8_081)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 65_536})
  void nothingElseIsAPort(int port) {
    assertThatThrownBy(() -> at("10.0.0.1", port)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Seed("10.0.0.1", port))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSeedReadsAsItStandsInAUrl() {
    assertThat(new Seed("::1", 80)).hasToString("[::1]:80");
    assertThat(new Seed("a", 80)).hasToString("a:80");
  }

  @Test
  void aViewBeforeJoiningIsNotTheViewOfALoneMember() {
    assertThat(GroupView.none(id).joined()).isFalse();
    assertThat(new GroupView(1, id, List.of()).joined()).isTrue();
  }

  @Test
  void aViewKnowsItsMembersById() {
    GroupView view = new GroupView(1, id, List.of(at("10.0.0.1", 8_081)));
    assertThat(view.member(id)).contains(at("10.0.0.1", 8_081));
    assertThat(view.contains(NodeKey.generate().id())).isFalse();
  }
}
