/** Asking other nodes over SPP. Why it is so: {@code docs/design/008-spp.md}. */
@NullMarked
package org.p2pd.spp.client;

import org.jspecify.annotations.NullMarked;
