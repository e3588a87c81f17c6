/**
 * One running node: the command line's entry, the composition of agent and HTTP side for both lives
 * of the war (its own Tomcat, or a stranger's), readiness, draining, and the small commands that
 * leave word for a running node in its state directory.
 */
@NullMarked
package org.p2pd.node;

import org.jspecify.annotations.NullMarked;
