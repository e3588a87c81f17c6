/** From files in the public directory to editions: scanning, settling, hashing, guarding. */
@NullMarked
package org.p2pd.publish;

import org.jspecify.annotations.NullMarked;
