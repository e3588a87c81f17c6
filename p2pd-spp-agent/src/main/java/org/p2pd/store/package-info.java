/** Verified blocks on disk: extents, slots, trees, trust, room. */
@NullMarked
package org.p2pd.store;

import org.jspecify.annotations.NullMarked;
