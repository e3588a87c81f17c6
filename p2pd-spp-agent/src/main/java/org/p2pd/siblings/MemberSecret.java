package org.p2pd.siblings;

import java.util.Optional;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.SecretHolder;

/**
 * The secret spoken to other members: this node's own. A member is asked for it only by a node that
 * has none at all, because its parent was never there to hand it; the parent's word counts more,
 * and replaces what a member handed.
 */
record MemberSecret(Secrets secrets) implements SecretHolder {

  @Override
  public Optional<Secret> spoken() {
    return secrets.spoken();
  }

  @Override
  public boolean mayAsk() {
    return secrets.asksParent() && secrets.spoken().isEmpty();
  }

  @Override
  public void take(Secret secret) {
    if (mayAsk()) {
      secrets.take(secret);
    }
  }
}
