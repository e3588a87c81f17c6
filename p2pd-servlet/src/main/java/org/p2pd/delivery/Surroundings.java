package org.p2pd.delivery;

import java.util.concurrent.Executor;
import org.p2pd.http.TimeLimits;

/**
 * What streamed responses share.
 *
 * @param writers runs short tasks soon, on threads that may write
 */
record Surroundings(
    Deadlines deadlines,
    TimeLimits limits,
    Executor writers,
    LargeBuffers largeBuffers,
    DeliveryLog log) {}
