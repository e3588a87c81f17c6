/**
 * The Tomcat that a node brings along, set up for tens of thousands of patient viewers. Knows
 * nothing of p2pd but that there is one application to start.
 */
@NullMarked
package org.p2pd.node.tomcat;

import org.jspecify.annotations.NullMarked;
