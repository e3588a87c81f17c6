package org.p2pd.upstream;

import java.util.Optional;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.SecretHolder;

/**
 * The secret spoken to a node that others named as a parent: this network's, and never one that it
 * hands over. Only who the owner named is asked for a secret.
 */
record KnownSecret(Secrets secrets) implements SecretHolder {

  @Override
  public Optional<Secret> spoken() {
    return secrets.spoken();
  }

  @Override
  public boolean mayAsk() {
    return false;
  }

  @Override
  public void take(Secret secret) {
    throw new IllegalStateException("it was not asked for one");
  }
}
