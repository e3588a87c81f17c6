/**
 * What {@code java -jar p2pd.war} runs first. These classes lie at the war's root, use the JDK
 * alone, unpack the war's libraries once and hand over to {@code org.p2pd.node} on one class
 * loader. A servlet container never loads them.
 */
@NullMarked
package org.p2pd.launcher;

import org.jspecify.annotations.NullMarked;
