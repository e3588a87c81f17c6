package org.p2pd.catalogue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;

/**
 * The hash tree over the records of one batch, shaped as in RFC 9162 section 2.1, with SHA-256.
 *
 * <p>Level by level a node without a right neighbour moves up as it is, which gives that shape.
 */
final class EntryTree {

  private EntryTree() {}

  static Hash root(List<byte[]> records) {
    List<Hash> level = leaves(records);
    if (level.isEmpty()) {
      return TreeHasher.emptyRoot(DigestAlgorithm.SHA_256);
    }
    TreeHasher hasher = hasher();
    while (level.size() > 1) {
      level = above(level, hasher);
    }
    return level.get(0);
  }

  /** The inclusion path of one record (RFC 9162 section 2.1.3.1), lowest first. */
  static List<Hash> path(List<byte[]> records, int index) {
    TreeHasher hasher = hasher();
    List<Hash> path = new ArrayList<>();
    int at = index;
    for (List<Hash> level = leaves(records); level.size() > 1; level = above(level, hasher)) {
      if ((at ^ 1) < level.size()) {
        path.add(level.get(at ^ 1));
      }
      at /= 2;
    }
    return path;
  }

  /** How many hashes the path of that record has. */
  static int pathLength(int count, int index) {
    int length = 0;
    int at = index;
    for (int width = count; width > 1; width = (width + 1) / 2) {
      if ((at ^ 1) < width) {
        length++;
      }
      at /= 2;
    }
    return length;
  }

  /** The root to which the path leads; nothing if it has the wrong length. */
  static Optional<Hash> fold(byte[] record, int index, int count, List<Hash> path) {
    if (index < 0 || index >= count || path.size() != pathLength(count, index)) {
      return Optional.empty();
    }
    TreeHasher hasher = hasher();
    Hash node = hasher.leaf(ByteBuffer.wrap(record));
    int at = index;
    int next = 0;
    for (int width = count; width > 1; width = (width + 1) / 2) {
      if ((at ^ 1) < width) {
        Hash neighbour = path.get(next++);
        node = at % 2 == 0 ? hasher.inner(node, neighbour) : hasher.inner(neighbour, node);
      }
      at /= 2;
    }
    return Optional.of(node);
  }

  private static TreeHasher hasher() {
    return new TreeHasher(DigestAlgorithm.SHA_256);
  }

  private static List<Hash> leaves(List<byte[]> records) {
    TreeHasher hasher = hasher();
    List<Hash> leaves = new ArrayList<>(records.size());
    for (byte[] record : records) {
      leaves.add(hasher.leaf(ByteBuffer.wrap(record)));
    }
    return leaves;
  }

  private static List<Hash> above(List<Hash> level, TreeHasher hasher) {
    List<Hash> above = new ArrayList<>((level.size() + 1) / 2);
    for (int i = 0; i < level.size(); i += 2) {
      above.add(i + 1 < level.size() ? hasher.inner(level.get(i), level.get(i + 1)) : level.get(i));
    }
    return above;
  }
}
