package org.p2pd.pages;

import java.util.Optional;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.Problems;

/**
 * Who looks at the pages.
 *
 * @param administrator whether status is open to them
 * @param browse whether the list of titles is open to all who may read titles
 * @param refusal why they may not read titles; empty: they may
 */
public record Visitor(boolean administrator, boolean browse, Optional<Respond> refusal) {

  /** Why the list of titles is closed to them, if it is: the answer to give. */
  Optional<Respond> listingRefusal() {
    if (administrator) {
      return Optional.empty();
    }
    return browse ? refusal : Optional.of(Problems.listingClosed());
  }
}
