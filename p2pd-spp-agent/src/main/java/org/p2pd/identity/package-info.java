/**
 * Who a node is: its Ed25519 key, kept in a file, and the public keys of others.
 *
 * <p>One key signs several kinds of thing. Whoever signs puts the name of the kind in front of the
 * bytes ({@code p2pd-cat} for the catalogue), so that no signature can be taken for another kind's.
 */
@NullMarked
package org.p2pd.identity;

import org.jspecify.annotations.NullMarked;
