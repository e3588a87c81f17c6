/**
 * End to end: real {@code java -jar p2pd.war} processes, real files, real clients.
 *
 * <p>One class for each promise of the product. {@link org.p2pd.e2e.lab.Lab} gives a class its
 * directories and addresses; how to run one is in {@code docs/testing.md}.
 */
@NullMarked
package org.p2pd.e2e;

import org.jspecify.annotations.NullMarked;
