/**
 * p2pd as a Jakarta servlet application: the filter for titles, the SPP and status servlets, and
 * the class that registers them. Servlet 6.0 only, so that Tomcat 10.1 and 11 both carry it.
 */
@NullMarked
package org.p2pd.servlet;

import org.jspecify.annotations.NullMarked;
