/**
 * The seam between those who have bytes (a server's media files, a cache's store and sources) and
 * those who deliver them (HTTP to viewers, SPP to nodes).
 *
 * <p>Everything that comes out of it was verified against the edition's root, with one exception: a
 * {@link org.p2pd.content.FilePart} asked for {@link org.p2pd.content.Reader#PEER} may be
 * unverified, because a peer verifies what it receives.
 */
@NullMarked
package org.p2pd.content;

import org.jspecify.annotations.NullMarked;
