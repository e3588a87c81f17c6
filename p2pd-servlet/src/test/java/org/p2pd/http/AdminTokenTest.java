package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class AdminTokenTest {

  private static final AdminToken TOKEN = new AdminToken("0123456789abcdef");
  private static final Instant NOON = Instant.parse("2026-11-27T12:00:00Z");

  @Test
  void aPassIsGoodUntilItsTime() {
    String pass = TOKEN.pass(NOON);
    assertThat(TOKEN.accepts(pass, NOON.minusSeconds(1))).isTrue();
    assertThat(TOKEN.accepts(pass, NOON)).isTrue();
    assertThat(TOKEN.accepts(pass, NOON.plusSeconds(1))).isFalse();
  }

  @Test
  void aPassCannotBeMadeWithoutTheTokenNorProlonged() {
    String pass = TOKEN.pass(NOON);
    String seal = pass.substring(pass.indexOf('.'));
    assertThat(pass).doesNotContain(TOKEN.secret());
    assertThat(TOKEN.accepts(NOON.plusSeconds(60).getEpochSecond() + seal, NOON)).isFalse();
    assertThat(new AdminToken("fedcba9876543210").accepts(pass, NOON)).isFalse();
    assertThat(TOKEN.accepts(TOKEN.secret(), NOON)).isFalse();
    assertThat(TOKEN.accepts("0" + pass, NOON)).as("written another way").isFalse();
  }
}
