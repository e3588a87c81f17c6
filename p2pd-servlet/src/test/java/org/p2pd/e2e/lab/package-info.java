/** What end-to-end tests are made with: nodes, media, viewers, players, a browser, networks. */
@NullMarked
package org.p2pd.e2e.lab;

import org.jspecify.annotations.NullMarked;
