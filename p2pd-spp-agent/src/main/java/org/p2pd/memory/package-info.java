/**
 * The memory for blocks of video, off the heap: what {@code -M} bounds. Who may have how much of it
 * is decided elsewhere.
 */
@NullMarked
package org.p2pd.memory;

import org.jspecify.annotations.NullMarked;
