/** Answering other nodes over SPP. */
@NullMarked
package org.p2pd.spp.server;

import org.jspecify.annotations.NullMarked;
