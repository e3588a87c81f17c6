/** Getting the blocks that are not held: one fetch per block per node, whoever asks. */
@NullMarked
package org.p2pd.fetch;

import org.jspecify.annotations.NullMarked;
