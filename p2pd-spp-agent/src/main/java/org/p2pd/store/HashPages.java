package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeNode;

/**
 * Reads and writes the hash pages of one edition. Its monitor keeps a page from being read while it
 * is written; nothing else is done under it.
 */
final class HashPages {

  /** Where a page lies. */
  record PageAt(Path file, long position) {
    int number() {
      return Math.toIntExact(position / HashPage.BYTES);
    }
  }

  private final StoreParts parts;

  HashPages(StoreParts parts) {
    this.parts = parts;
  }

  /** Looks at pages once each. Confined to one thread. */
  final class Reading {
    private final Map<PageAt, HashPage> seen = new HashMap<>();

    Optional<Hash> get(PageAt at, TreeNode node) {
      return seen.computeIfAbsent(at, HashPages.this::readOrEmpty).get(HashPlace.of(node).slot());
    }
  }

  Reading reading() {
    return new Reading();
  }

  /** Whether something is kept in that page. */
  boolean exists(PageAt at) {
    return !readOrEmpty(at).isEmpty();
  }

  /** Adds hashes to a page. */
  synchronized void put(PageAt at, Map<TreeNode, Hash> hashes) throws IOException {
    try (OpenFiles.Loan loan = parts.files().lend(at.file())) {
      HashPage page = read(loan, at);
      boolean changed = false;
      for (Map.Entry<TreeNode, Hash> hash : hashes.entrySet()) {
        changed |= page.put(HashPlace.of(hash.getKey()).slot(), hash.getValue());
      }
      if (changed) {
        parts.disk().write(at.file(), loan.channel(), page.seal(at.number()), at.position());
      }
    }
  }

  private synchronized HashPage readOrEmpty(PageAt at) {
    try (OpenFiles.Loan loan = parts.files().lend(at.file())) {
      return read(loan, at);
    } catch (IOException e) {
      // No such file, evicted, or unreadable: then nothing is kept there.
      return HashPage.parse(new byte[HashPage.BYTES], at.number());
    }
  }

  /** What lies beyond the end of the file reads as zeros. */
  private static HashPage read(OpenFiles.Loan loan, PageAt at) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(HashPage.BYTES);
    int n = 0;
    while (bytes.hasRemaining() && n >= 0) {
      n = loan.channel().read(bytes, at.position() + bytes.position());
    }
    return HashPage.parse(bytes.array(), at.number());
  }
}
