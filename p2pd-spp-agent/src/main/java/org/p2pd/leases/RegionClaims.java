package org.p2pd.leases;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.NodeId;

/** Who was sent what of one region, in the order in which they first were. */
final class RegionClaims {

  /** So many children may have something of it: as many as a group has members. */
  static final int MAX_CLAIMS = 256;

  final EditionClaims edition;
  final int index;

  private final Map<NodeId, Claim> claims = new LinkedHashMap<>(2);

  RegionClaims(EditionClaims edition, int index) {
    this.edition = edition;
    this.index = index;
  }

  Collection<Claim> claims() {
    return claims.values();
  }

  boolean isFull() {
    return claims.size() >= MAX_CLAIMS;
  }

  @Nullable Claim of(NodeId child) {
    return claims.get(child);
  }

  Claim add(Child child) {
    Claim claim = new Claim(child);
    claims.put(child.id, claim);
    child.claims++;
    return claim;
  }

  /** Removes what the child was sent; false if that is nothing. */
  boolean remove(Child child) {
    boolean removed = claims.remove(child.id) != null;
    child.claims -= removed ? 1 : 0;
    return removed;
  }

  void look(long nowNanos) {
    claims.values().forEach(claim -> claim.look(nowNanos));
  }
}
