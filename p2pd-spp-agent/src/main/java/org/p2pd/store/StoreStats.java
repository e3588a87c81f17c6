package org.p2pd.store;

/**
 * A consistent look at the store.
 *
 * @param limitBytes the limit {@code -C}
 * @param usedBytes allocated on disk, sidecars and trees included
 * @param reservedBytes promised to blocks that are being fetched
 * @param unlinkedBytes deleted but still open somewhere; they count against the limit
 * @param editions how many editions have at least one held block
 * @param heldBytes payload held; of editions that nobody asked for since the start it is what their
 *     data takes on disk, which may be somewhat more
 * @param evictedExtents since start
 * @param failedVerifications blocks found wrong on disk since start
 * @param failedWrites since start
 */
public record StoreStats(
    long limitBytes,
    long usedBytes,
    long reservedBytes,
    long unlinkedBytes,
    int editions,
    long heldBytes,
    long evictedExtents,
    long failedVerifications,
    long failedWrites) {}
