package org.p2pd.http;

import java.util.Optional;

/**
 * What the plan for a request depends on.
 *
 * @param method as written
 * @param rawPath undecoded, without context path and query
 * @param host the name asked for, without port; empty if there is none or it is none
 * @param sender who the request comes from
 * @param hasBody whether a body comes with it
 * @param zeroCopy whether the container can send a part of a file in answer to this request
 */
public record RequestFacts(
    String method,
    String rawPath,
    RequestFields fields,
    Optional<HostName> host,
    Sender sender,
    boolean hasBody,
    boolean zeroCopy) {}
