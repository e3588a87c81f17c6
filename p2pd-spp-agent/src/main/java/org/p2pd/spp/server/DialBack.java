package org.p2pd.spp.server;

import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.p2pd.spp.SecretMessages;

/** Calls a node back that asked for the secret. */
@FunctionalInterface
public interface DialBack {

  /** Its answer to the introduction; nothing if none came in time, or none that is one. */
  CompletionStage<Optional<SecretMessages.Introduced>> dial(
      InetAddress address, int port, String contextPath, SecretMessages.Introduce introduction);
}
