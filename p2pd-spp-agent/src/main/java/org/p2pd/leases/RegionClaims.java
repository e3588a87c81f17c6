package org.p2pd.leases;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who was sent what of one region, in the order in which they first were. */
final class RegionClaims {

  final EditionClaims edition;
  final int index;
  final List<Claim> claims = new ArrayList<>(1);

  RegionClaims(EditionClaims edition, int index) {
    this.edition = edition;
    this.index = index;
  }

  @Nullable Claim of(Child child) {
    for (Claim claim : claims) {
      if (claim.child == child) {
        return claim;
      }
    }
    return null;
  }

  Claim add(Child child) {
    Claim claim = new Claim(child);
    claims.add(claim);
    child.claims++;
    return claim;
  }

  /** Removes what the child was sent; false if that is nothing. */
  boolean remove(Child child) {
    boolean removed = claims.removeIf(claim -> claim.child == child);
    child.claims -= removed ? 1 : 0;
    return removed;
  }
}
