package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;

class EntryTreeTest {

  private final TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);

  @Test
  void hasTheRootOfTheRfcsRecursion() {
    for (int count = 0; count <= 130; count++) {
      assertThat(EntryTree.root(records(count)))
          .as("%d records", count)
          .isEqualTo(rfc(records(count)));
    }
  }

  @Test
  void everyPathLeadsToTheRootAndNoOtherDoes() {
    for (int count : new int[] {1, 2, 3, 5, 8, 13, 64, 65, 100}) {
      List<byte[]> records = records(count);
      Hash root = EntryTree.root(records);
      for (int index = 0; index < count; index++) {
        List<Hash> path = EntryTree.path(records, index);
        assertThat(path).hasSize(EntryTree.pathLength(count, index));
        assertThat(EntryTree.fold(records.get(index), index, count, path)).contains(root);
        assertThat(EntryTree.fold(new byte[] {9, 9}, index, count, path)).isNotEqualTo(root);
        assertThat(EntryTree.fold(records.get(index), index + 1, count, path).filter(root::equals))
            .isEmpty();
        if (!path.isEmpty()) {
          List<Hash> shorter = path.subList(1, path.size());
          assertThat(EntryTree.fold(records.get(index), index, count, shorter)).isEmpty();
        }
      }
    }
  }

  private static List<byte[]> records(int count) {
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(ByteBuffer.allocate(4).putInt(i).array());
    }
    return records;
  }

  /** MTH of RFC 9162 section 2.1.1, word for word. */
  private Hash rfc(List<byte[]> records) {
    if (records.isEmpty()) {
      return Hash.of(DigestAlgorithm.SHA_256.newDigest().digest());
    }
    if (records.size() == 1) {
      return hasher.leaf(ByteBuffer.wrap(records.get(0)));
    }
    int k = Integer.highestOneBit(records.size() - 1);
    return hasher.inner(rfc(records.subList(0, k)), rfc(records.subList(k, records.size())));
  }

  @Test
  void pathLengthsStayWithinTheLimitOfASignedEntry() {
    int longest =
        Arrays.stream(new int[] {1, 2047, 2048, 4095, 4096})
            .flatMap(
                count ->
                    java.util.stream.IntStream.range(0, count)
                        .map(index -> EntryTree.pathLength(count, index)))
            .max()
            .orElseThrow();
    assertThat(longest).isEqualTo(12);
  }
}
