/**
 * SPP/1 as it goes over the wire: names, records, authentication. Normative text: docs/spp.md; why
 * it is so: {@code docs/design/008-spp.md}.
 */
@NullMarked
package org.p2pd.spp;

import org.jspecify.annotations.NullMarked;
