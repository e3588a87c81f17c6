package org.p2pd.spp.client;

import java.util.Optional;
import org.p2pd.spp.Secret;

/** Where the secret that is spoken to one node comes from, and goes to when it is handed over. */
public interface SecretHolder {

  /** The secret to speak to that node, if there is one. */
  Optional<Secret> spoken();

  /** Whether the node may be asked for its secret: never when the owner gave one. */
  boolean mayAsk();

  /** Takes what the node handed over. */
  void take(Secret secret);
}
