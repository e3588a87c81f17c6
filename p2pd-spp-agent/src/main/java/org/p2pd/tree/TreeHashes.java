package org.p2pd.tree;

import java.util.Optional;
import org.p2pd.model.Hash;

/** Knows hashes of one edition's tree: what a proof is made from. */
@FunctionalInterface
public interface TreeHashes {

  /** The hash of that node, or nothing if it is neither kept nor computable from what is kept. */
  Optional<Hash> at(TreeNode node);
}
