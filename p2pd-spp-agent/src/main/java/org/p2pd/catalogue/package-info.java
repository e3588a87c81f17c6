/**
 * The list of titles and their current editions: a numbered, signed journal of changes, written by
 * the server (the authority) and relayed unchanged by everyone else. Normative:
 * docs/spp-catalogue.md; why it is so: docs/design/004-catalogue.md.
 */
@NullMarked
package org.p2pd.catalogue;

import org.jspecify.annotations.NullMarked;
