package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.node;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.p2pd.holdings.SubscriptionChoice.Candidate;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;

class SubscriptionChoiceTest {

  private static final int NODES = 50;

  private static List<NodeId> nodes(int count) {
    List<NodeId> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(node(i));
    }
    return nodes;
  }

  private static List<NodeId> othersThan(NodeId self) {
    List<NodeId> others = nodes(NODES);
    others.remove(self);
    return others;
  }

  @Test
  void asksAllHoldersWhereThereAreFew() {
    List<NodeId> holders = nodes(8);
    Map<NodeId, List<Edition>> chosen =
        SubscriptionChoice.choose(node(99), List.of(new Candidate(edition(1, 10), holders)));
    assertThat(chosen.keySet()).containsExactlyInAnyOrderElementsOf(holders);
    assertThat(chosen.values()).containsOnly(List.of(edition(1, 10)));
  }

  @Test
  void asksEightHoldersAboutThirtyTwoEditionsAtMost() {
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      candidates.add(new Candidate(edition(i, 10), i % 8 == 3 ? List.of() : nodes(20)));
    }
    Map<NodeId, List<Edition>> chosen = SubscriptionChoice.choose(node(99), candidates);
    Map<Edition, Integer> holders = new HashMap<>();
    chosen.values().forEach(all -> all.forEach(one -> holders.merge(one, 1, Integer::sum)));
    assertThat(holders).hasSize(32);
    assertThat(holders.values()).containsOnly(8);
    // The first of the list come first; those that nobody holds in part do not count.
    assertThat(holders).containsKey(edition(36, 10)).doesNotContainKey(edition(37, 10));
  }

  @Test
  void spreadsTheAskersOfOneEditionOverItsHolders() {
    for (int film = 0; film < 20; film++) {
      Map<NodeId, Integer> askers = new HashMap<>();
      for (NodeId asker : nodes(NODES)) {
        SubscriptionChoice.choose(
                asker, List.of(new Candidate(edition(film, 10), othersThan(asker))))
            .keySet()
            .forEach(holder -> askers.merge(holder, 1, Integer::sum));
      }
      assertThat(askers).hasSize(NODES);
      assertThat(askers.values()).allMatch(count -> count >= 1 && count <= 20); // 8 on average
    }
  }

  @Test
  void spreadsTheEditionsOfOneAskerOverItsHolders() {
    Map<NodeId, Integer> asked = new HashMap<>();
    List<Candidate> candidates = new ArrayList<>();
    for (int film = 0; film < 32; film++) {
      candidates.add(new Candidate(edition(film, 10), othersThan(node(0))));
    }
    SubscriptionChoice.choose(node(0), candidates)
        .forEach((holder, editions) -> asked.put(holder, editions.size()));
    assertThat(asked.values()).allMatch(count -> count <= 14); // 5.2 on average
    assertThat(asked.values().stream().mapToInt(count -> count).sum()).isEqualTo(32 * 8);
  }

  @Test
  void changesNothingForTheOthersWhenAHolderGoes() {
    Edition film = edition(7, 10);
    for (NodeId asker : nodes(NODES)) {
      List<NodeId> holders = othersThan(asker);
      Set<NodeId> before = chosen(asker, film, holders);
      NodeId gone = before.iterator().next();
      holders.remove(gone);
      Set<NodeId> after = chosen(asker, film, holders);
      before.remove(gone);
      assertThat(after).hasSize(8).containsAll(before);
    }
  }

  private static Set<NodeId> chosen(NodeId asker, Edition film, List<NodeId> holders) {
    return new HashSet<>(
        SubscriptionChoice.choose(asker, List.of(new Candidate(film, holders))).keySet());
  }

  @Test
  void asksAboutLongEditionsInLargerBlocks() {
    BlockSize own = BlockSize.DEFAULT;
    assertThat(SubscriptionChoice.blockSize(edition(1, 10), own)).isEqualTo(own);
    assertThat(SubscriptionChoice.blockSize(edition(1, 1L << 36), own)).isEqualTo(own);
    assertThat(SubscriptionChoice.blockSize(edition(1, (1L << 36) + 1), own))
        .isEqualTo(new BlockSize(131_072));
    assertThat(SubscriptionChoice.blockSize(edition(1, Edition.MAX_LENGTH_BYTES), own))
        .isEqualTo(new BlockSize(BlockSize.REGION_BYTES));
  }
}
