package org.p2pd.spp.client;

import java.util.Optional;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;

/** A holder for tests. */
public final class TestSecret implements SecretHolder {

  private final boolean mayAsk;
  public volatile Optional<Secret> spoken;

  private TestSecret(Optional<Secret> spoken, boolean mayAsk) {
    this.spoken = spoken;
    this.mayAsk = mayAsk;
  }

  public static TestSecret of(Secrets secrets) {
    return new TestSecret(secrets.spoken(), false);
  }

  public static TestSecret of(Secret secret) {
    return new TestSecret(Optional.of(secret), false);
  }

  public static TestSecret asked(Optional<Secret> before) {
    return new TestSecret(before, true);
  }

  @Override
  public Optional<Secret> spoken() {
    return spoken;
  }

  @Override
  public boolean mayAsk() {
    return mayAsk;
  }

  @Override
  public void take(Secret secret) {
    spoken = Optional.of(secret);
  }
}
