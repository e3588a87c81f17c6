package org.p2pd.spp.client;

/**
 * Where this node itself answers, which it tells those it asks.
 *
 * @param port 1 to 65535
 * @param contextPath empty, or where the application lives in its container
 */
public record Endpoint(int port, String contextPath) {}
