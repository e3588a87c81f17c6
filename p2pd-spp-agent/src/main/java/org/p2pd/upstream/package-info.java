/** What a node does with the machine one step up: session, catalogue subscription, blocks. */
@NullMarked
package org.p2pd.upstream;

import org.jspecify.annotations.NullMarked;
