/**
 * The hash tree that gives an edition its identity, its proofs, and their verification.
 *
 * <p>Leaves are 16 KiB of the edition, the last one short and unpadded. A leaf's hash is {@code
 * H(0x00 || bytes)}, an inner node's {@code H(0x01 || left || right)}; the shape is that of RFC
 * 9162 section 2.1. Every aligned power-of-two run of leaves, and the ragged right edge, is a node:
 * so a block's hash is a node of the tree whatever the block size is. A node is named by its level
 * (0 for leaves) and its index on that level; a node without a right child is its left child.
 *
 * <p>Pure: no I/O, no threads, no clock.
 */
@NullMarked
package org.p2pd.tree;

import org.jspecify.annotations.NullMarked;
