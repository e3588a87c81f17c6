/**
 * What this node and its siblings hold, as nodes tell each other (docs/spp.md section 6.2): all of
 * it hints, in memory. Why it is so: {@code docs/design/009-cluster.md}.
 *
 * <h2>Own side</h2>
 *
 * {@link OwnHoldings} hears the store. It keeps the digest of all editions, and leaf by leaf those
 * that somebody asked about within a minute, each with a bounded memory of what was touched. A
 * cursor is a version of such a memory. The answer to it is the state that what was touched since
 * has <em>now</em>, so the same news told twice, or a course that went to and fro, does no harm,
 * and a memory that does not reach back is replaced by the whole state.
 *
 * <h2>Asking side</h2>
 *
 * {@link KnownHoldings} takes what siblings tell and answers the fetch loop. Links to siblings feed
 * it, each through its own {@link KnownHoldings.Claims}, and learn from it what to ask about.
 *
 * <h2>Locks</h2>
 *
 * {@link OwnHoldings} and {@link KnownHoldings} have one monitor each, under which nothing is read
 * or written but memory and nobody is called: those who wait are completed, and links are told,
 * when it was left.
 */
@NullMarked
package org.p2pd.holdings;

import org.jspecify.annotations.NullMarked;
