/**
 * Getting the blocks that are not held: one fetch per block per node, whoever asks.
 *
 * <p>Three kinds of thread meet here, none of which ever waits for another:
 *
 * <ul>
 *   <li><b>Readers</b> ({@link org.p2pd.fetch.CacheStream}) take bytes that are arriving from the
 *       memory into which they arrive, all others from the store, and tell the loop what they miss.
 *   <li><b>The loop</b>, one thread {@code p2pd-fetch}, owns all decisions ({@link
 *       org.p2pd.fetch.FetchState}): who wants what, whose turn it is, what is under way.
 *   <li><b>Sources' threads</b> fill blocks, store them, wake the readers that wait for them and
 *       report to the loop ({@link org.p2pd.fetch.SpanFetch}).
 * </ul>
 *
 * <p>Readers and sources meet without the loop in an {@link org.p2pd.fetch.Arrival}: so a block
 * costs the loop no wake-up, a span costs it about three. Policies are pure: {@link
 * org.p2pd.fetch.SourceChoice}, {@link org.p2pd.fetch.ReadAhead}. Memory is a {@link
 * org.p2pd.fetch.Slab} in shares. Why it is so: {@code docs/design/006-fetching.md}.
 */
@NullMarked
package org.p2pd.fetch;

import org.jspecify.annotations.NullMarked;
