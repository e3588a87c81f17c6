package org.p2pd.spp;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.p2pd.identity.NodeKey;

/**
 * The nonces under which this node asks for a secret just now, and what it said to those who
 * dialled back. Thread-safe. The asking half opens a {@link Wait}; the half that answers requests
 * calls {@link #answer}.
 */
public final class Introductions {

  private static final int MAX_WAITS = 16;

  private final NodeKey key;
  private final Map<Octets, Wait> waits = new ConcurrentHashMap<>();

  public Introductions(NodeKey key) {
    this.key = key;
  }

  /** One question under way; closed when it was answered or given up. */
  public final class Wait implements AutoCloseable {
    private final Octets nonce;
    private volatile Optional<SecretMessages.Introduce> answered = Optional.empty();

    private Wait(Octets nonce) {
      this.nonce = nonce;
    }

    /** Whether a secret was handed over by the node whose introduction was answered, correctly. */
    public boolean accepts(SecretMessages.Handover handover) {
      return answered
          .filter(introduction -> introduction.challenge().equals(handover.challenge()))
          .filter(introduction -> introduction.key().equals(handover.key()))
          .filter(
              introduction ->
                  handover
                      .key()
                      .verify(
                          Handshake.handover(nonce, handover.challenge(), handover.secret()),
                          handover.signature().toBytes()))
          .isPresent();
    }

    @Override
    public void close() {
      waits.remove(nonce, this);
    }
  }

  /** Begins to wait for the introduction that belongs to a fresh nonce. */
  public Wait await(Octets nonce) {
    if (waits.size() >= MAX_WAITS) {
      throw new IllegalStateException("more than " + MAX_WAITS + " questions for a secret");
    }
    Wait wait = new Wait(nonce);
    waits.put(nonce, wait);
    return wait;
  }

  /** Signs the introduction of someone who dialled back; nothing if this node does not wait. */
  public Optional<SecretMessages.Introduced> answer(SecretMessages.Introduce introduction) {
    Wait wait = waits.get(introduction.nonce());
    if (wait == null) {
      return Optional.empty();
    }
    wait.answered = Optional.of(introduction);
    byte[] signed =
        Handshake.introduction(
            introduction.nonce(), introduction.challenge(), key.publicKey(), introduction.key());
    return Optional.of(new SecretMessages.Introduced(Octets.of(key.sign(signed))));
  }
}
