package org.p2pd.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.p2pd.catalogue.AuthorityState;
import org.p2pd.catalogue.Pin;
import org.p2pd.model.NodeId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file by which {@code p2pd trust FINGERPRINT} tells a running cache which server key to
 * believe. It stays until the parent has shown that key, so that a restart forgets nothing.
 */
record TrustFile(Path file, Pin pin) {

  private static final Logger log = LoggerFactory.getLogger(TrustFile.class);
  private static final int MAX_BYTES = 200;

  /** Looks whether it is there; uses files. */
  void look() {
    if (!Files.exists(file)) {
      return;
    }
    try {
      Optional<NodeId> fingerprint =
          Files.size(file) > MAX_BYTES
              ? Optional.empty()
              : NodeId.parse(Files.readString(file, StandardCharsets.US_ASCII).strip());
      if (fingerprint.isEmpty()) {
        log.warn("{} holds no fingerprint and is removed; run p2pd trust FINGERPRINT again", file);
        Files.delete(file);
        return;
      }
      if (pin.state() instanceof AuthorityState.Pinned pinned
          && pinned.believed().equals(fingerprint.get())) {
        Files.delete(file);
        return;
      }
      pin.trust(fingerprint.get());
    } catch (IOException e) {
      log.warn(
          "{} cannot be used ({}); remove it, and restart with --authority", file, e.toString());
    }
  }
}
