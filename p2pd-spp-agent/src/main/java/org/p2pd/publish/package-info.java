/**
 * From files in the public directory to editions, and back to bytes.
 *
 * <pre>
 *  DirectoryScan ─ Snapshot ─┐                                 ┌─ PublicationListener (catalogue)
 *  DirectoryWatch ─ events ──┼→ Publication → TitlePhases ─────┼─ HashQueue → HashWorkers → HashFile
 *  RootProbe ────────────────┘   Census, Removals              └─ HashIndex, Editions
 *                                                                          │
 *  viewers and peers ────────────→ MediaContent → OpenMedia, MediaStream ←─┘
 * </pre>
 *
 * <p>The middle is confined to the publishing thread. A periodic scan is the truth; inotify makes
 * it prompt. Nothing is ever written to the public directory, and whoever looks at it or opens a
 * file of it does so through the {@code Finder}. Design: {@code docs/design/005-publishing.md}.
 */
@NullMarked
package org.p2pd.publish;

import org.jspecify.annotations.NullMarked;
