/** Asking other nodes over SPP. */
@NullMarked
package org.p2pd.spp.client;

import org.jspecify.annotations.NullMarked;
