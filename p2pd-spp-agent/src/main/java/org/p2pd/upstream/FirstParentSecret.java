package org.p2pd.upstream;

import java.util.Optional;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.SecretHolder;

/** The network's secret, as the first parent hands it: it becomes this node's own. */
record FirstParentSecret(Secrets secrets) implements SecretHolder {

  @Override
  public Optional<Secret> spoken() {
    return secrets.spoken();
  }

  @Override
  public boolean mayAsk() {
    return secrets.asksParent();
  }

  @Override
  public void take(Secret secret) {
    secrets.take(secret);
  }
}
