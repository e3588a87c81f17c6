/**
 * The rules of HTTP as pure functions: targets, ranges, preconditions, entity tags, media types,
 * access, and the plan that says how a request is answered. Nothing here imports a servlet, reads a
 * clock or does I/O.
 */
@NullMarked
package org.p2pd.http;

import org.jspecify.annotations.NullMarked;
