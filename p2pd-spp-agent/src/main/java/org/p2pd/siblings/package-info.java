/**
 * What a node does with the other members of its groups: finding and joining them, and, of those
 * with the same parent, having them as sources of blocks. Why it is so: {@code
 * docs/design/009-cluster.md}.
 */
@NullMarked
package org.p2pd.siblings;

import org.jspecify.annotations.NullMarked;
