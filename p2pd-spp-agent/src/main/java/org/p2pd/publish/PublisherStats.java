package org.p2pd.publish;

/**
 * A consistent look at publishing.
 *
 * @param published titles with a verified edition
 * @param unready titles that are being copied, wait, are hashed or cannot be read
 * @param hashedBytes since start
 * @param failedVerifications blocks that differed from their hash when they were read, since start
 * @param withheldRemovals vanished titles that are not withdrawn until the owner says so
 */
public record PublisherStats(
    int published, int unready, long hashedBytes, long failedVerifications, int withheldRemovals) {}
