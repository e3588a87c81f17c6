/**
 * Who of a node's group is alive.
 *
 * <p>A group is a parent's children and the parent itself, named by the parent's node id. A {@link
 * org.p2pd.cluster.Membership} is one node in one group; it publishes one immutable {@link
 * org.p2pd.cluster.GroupView} after the other. A cache that is itself a parent has two, over one
 * {@link org.p2pd.cluster.sockets.ClusterPort}. The engine behind it is in {@code cluster.jgroups},
 * and nothing outside of that package knows it.
 *
 * <pre>
 *   joining ──→ joined (others in view) ⇄ joined (alone)      any ── close() ──→ left
 *                                            │
 *                                            └── rejoin() ──→ joining
 * </pre>
 *
 * <p>"Alone" is also what a wrong secret, a closed port or an absent parent looks like: whether the
 * parent is in view is for the caller to judge and to say.
 *
 * <p>Threads: {@code p2pd-cluster-join} joins and looks names up, one a membership; the engine has
 * its own, {@code p2pd-cluster-…}, about ten a membership and one for each connection; the port has
 * {@code p2pd-cluster-port}, {@code p2pd-cluster-clock} and up to 32 for handshakes, which end when
 * they are idle. Views are told on a thread of the engine, which must not be held up. What {@code
 * close} leaves behind: nothing. Why it is so: {@code docs/design/009-cluster.md}.
 */
@NullMarked
package org.p2pd.cluster;

import org.jspecify.annotations.NullMarked;
