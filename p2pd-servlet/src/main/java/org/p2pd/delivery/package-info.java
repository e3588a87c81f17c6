/**
 * Carrying a plan out on a servlet response: at once for a few sentences, by the container's
 * zero-copy send for a part of a file, and otherwise asynchronously, as verified bytes become
 * available and the viewer takes them.
 *
 * <p>No thread belongs to a viewer. {@link org.p2pd.delivery.Deliverer} is the way in, {@code
 * StreamDelivery} has the life of one asynchronous response, {@code docs/design/007-delivery.md}
 * the reasons.
 */
@NullMarked
package org.p2pd.delivery;

import org.jspecify.annotations.NullMarked;
