/**
 * The façade: one node without its HTTP side, put together and taken apart.
 *
 * <p>{@code Foundation} is what every node stands on, {@code ServerAssembly} and {@code
 * CacheAssembly} are the two wiring diagrams, {@code Teardown} is their reverse. How the parts work
 * together: {@code docs/architecture.md}.
 */
@NullMarked
package org.p2pd.agent;

import org.jspecify.annotations.NullMarked;
