package org.p2pd.spp.client;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Introductions;

/**
 * Who this node is when it asks others.
 *
 * @param endpointNow where it answers; known before it asks the first time
 * @param random good enough for keys
 */
public record ClientIdentity(
    NodeKey key,
    Supplier<Endpoint> endpointNow,
    Introductions introductions,
    RandomGenerator random,
    ClientSettings settings) {

  Endpoint endpoint() {
    return endpointNow.get();
  }
}
