/**
 * The one grammar of p2pd's options, whichever way they come: arguments, {@code @FILE}, the
 * environment's {@code P2PD_OPTIONS}, or a container's {@code p2pd.options}. What comes out is
 * typed, complete and free of contradictions, or a sentence that says what to do.
 */
@NullMarked
package org.p2pd.node.options;

import org.jspecify.annotations.NullMarked;
