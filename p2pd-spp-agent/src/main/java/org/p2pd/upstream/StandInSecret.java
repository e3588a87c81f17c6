package org.p2pd.upstream;

import java.util.Optional;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.SecretHolder;

/**
 * The secret spoken to a stand-in: this node's, unless the stand-in belongs to another network and
 * handed over its own, which is then spoken to it alone. Thread-safe.
 */
final class StandInSecret implements SecretHolder {

  private final Secrets secrets;
  private volatile Optional<Secret> handed = Optional.empty();

  StandInSecret(Secrets secrets) {
    this.secrets = secrets;
  }

  @Override
  public Optional<Secret> spoken() {
    return handed.or(secrets::spoken);
  }

  @Override
  public boolean mayAsk() {
    return secrets.asksParent();
  }

  @Override
  public void take(Secret secret) {
    handed = Optional.of(secret);
  }
}
