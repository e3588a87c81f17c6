/**
 * The engine behind {@link org.p2pd.cluster.Membership}: JGroups, of which nothing but views is
 * taken. The one package that knows it. Why it is so, and what was measured: {@code
 * docs/design/009-cluster.md}.
 */
@NullMarked
package org.p2pd.cluster.jgroups;

import org.jspecify.annotations.NullMarked;
