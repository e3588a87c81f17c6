/**
 * The words of p2pd as values: digests, editions, titles, ranges, block sizes, spans, node ids.
 *
 * <p>Nothing here does I/O or depends on another package. Every value checks itself when it is
 * made, so that no other code needs to.
 */
@NullMarked
package org.p2pd.model;

import org.jspecify.annotations.NullMarked;
