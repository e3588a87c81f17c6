/**
 * What a node does with the machine one step up: session, catalogue subscription, blocks. Why it is
 * so: {@code docs/design/008-spp.md}.
 */
@NullMarked
package org.p2pd.upstream;

import org.jspecify.annotations.NullMarked;
