/**
 * The manual page and the shell's completion, written from the option table when p2pd is built. Not
 * in the war: a node has no use for it.
 */
@NullMarked
package org.p2pd.node.options.manual;

import org.jspecify.annotations.NullMarked;
