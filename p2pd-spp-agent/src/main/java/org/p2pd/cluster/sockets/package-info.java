/**
 * The port over which the members of a group reach each other: TLS 1.3 that only those can speak
 * who know the network's secret, in the shape of plain sockets for the engine. It knows nothing of
 * the engine. Why it is so: {@code docs/design/009-cluster.md}.
 */
@NullMarked
package org.p2pd.cluster.sockets;

import org.jspecify.annotations.NullMarked;
