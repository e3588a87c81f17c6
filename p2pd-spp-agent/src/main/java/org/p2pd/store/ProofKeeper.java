package org.p2pd.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/** Writes verified hashes into hash pages. */
final class ProofKeeper {

  private final StoreParts parts;
  private final ExtentLife life;

  ProofKeeper(StoreParts parts) {
    this.parts = parts;
    this.life = new ExtentLife(parts);
  }

  /** Keeps all hashes of a verified proof, if the extent that it is about is kept. */
  void keep(StoredEdition stored, Edition edition, SpanProof proof) {
    long position = proof.span().bytes(edition.lengthBytes()).first();
    Optional<Extent> extent = stored.lendForHashes(position);
    if (extent.isEmpty()) {
      return;
    }
    try {
      if (write(stored, edition, extent.get(), proof)) {
        return;
      }
      // What was deleted under us is made anew, once.
      write(stored, edition, extent.get(), proof);
    } catch (IOException e) {
      // What cannot be proven later is fetched again then.
      parts.writeFailures().report(extent.get().files.data(), e);
    } finally {
      stored.giveBack(extent.get());
    }
  }

  /** False if files were found to be gone: that is no fault of the disk. */
  private boolean write(StoredEdition stored, Edition edition, Extent extent, SpanProof proof)
      throws IOException {
    try {
      if (!life.create(stored, extent)) {
        return true;
      }
      for (Map.Entry<PageAt, Map<TreeNode, Hash>> page :
          byPage(stored, edition, proof).entrySet()) {
        TreeNode any = page.getValue().keySet().iterator().next();
        if (life.mayWrite(stored, page.getKey(), any)) {
          stored.pages().put(page.getKey(), page.getValue());
        }
      }
      return true;
    } catch (NoSuchFileException e) {
      life.missing(stored, extent);
      return false;
    }
  }

  private static Map<PageAt, Map<TreeNode, Hash>> byPage(
      StoredEdition stored, Edition edition, SpanProof proof) {
    Map<PageAt, Map<TreeNode, Hash>> pages = new LinkedHashMap<>();
    TreeNode root = new TreeShape(edition.lengthBytes()).root();
    List<TreeNode> places = proof.places();
    for (int i = 0; i < places.size(); i++) {
      TreeNode node = places.get(i);
      Optional<PageAt> at = node.equals(root) ? Optional.empty() : stored.pageOf(node);
      if (at.isPresent()) {
        pages
            .computeIfAbsent(at.get(), key -> new LinkedHashMap<>())
            .put(node, proof.hashes().get(i));
      }
    }
    return pages;
  }
}
