/**
 * From files in the public directory to editions, and back to bytes.
 *
 * <pre>
 *  DirectoryScan ─ Snapshot ─┐                                 ┌─ PublicationListener (catalogue)
 *  DirectoryWatch ─ events ──┼→ Census, Publication, Removals ─┼─ HashQueue → HashWorkers → HashFile
 *  RootProbe ────────────────┘   (the publishing thread)       └─ HashIndex, Editions
 *                                                                          │
 *  viewers and peers ────────────→ MediaContent → OpenMedia, MediaStream ←─┘
 * </pre>
 *
 * <p>A periodic scan is the truth; inotify makes it prompt. Nothing is ever written to the public
 * directory. Design: {@code docs/design/005-publishing.md}.
 */
@NullMarked
package org.p2pd.publish;

import org.jspecify.annotations.NullMarked;
