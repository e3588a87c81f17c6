/** The façade: one node without its HTTP side, put together and taken apart. */
@NullMarked
package org.p2pd.agent;

import org.jspecify.annotations.NullMarked;
