/**
 * The pages that p2pd shows of itself: the start page, the player, the list of titles. What is sent
 * is decided here, without servlets and without waiting; {@code docs/design/010-pages.md}.
 */
@NullMarked
package org.p2pd.pages;

import org.jspecify.annotations.NullMarked;
