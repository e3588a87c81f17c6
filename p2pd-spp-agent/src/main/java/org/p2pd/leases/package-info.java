/**
 * To whom a parent sent what, and whom it refers to, so that each byte leaves it about once (DESIGN
 * section 10; {@code docs/spp.md} 4.1; {@code docs/design/009-cluster.md}). Pure: time comes in,
 * decisions go out.
 */
@NullMarked
package org.p2pd.leases;

import org.jspecify.annotations.NullMarked;
