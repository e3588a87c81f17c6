package org.p2pd.pages;

import java.util.Optional;
import org.p2pd.http.RequestFields;

/**
 * What the answer to a request for a page depends on.
 *
 * @param method as written
 * @param rawPath undecoded, without context path and query
 * @param query undecoded
 * @param hasBody whether a body comes with it
 */
public record PageRequest(
    String method,
    String rawPath,
    Optional<String> query,
    RequestFields fields,
    boolean hasBody,
    Visitor visitor) {}
