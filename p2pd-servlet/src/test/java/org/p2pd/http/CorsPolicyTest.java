package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorsPolicyTest {

  @Test
  void isEveryoneNoOneOrAList() {
    assertThat(CorsPolicy.parse("*")).contains(CorsPolicy.ANY);
    assertThat(CorsPolicy.parse("none")).contains(CorsPolicy.NONE);
    assertThat(CorsPolicy.parse("https://a.example, http://b.example:8080"))
        .contains(new CorsPolicy(false, Set.of("https://a.example", "http://b.example:8080")));
    assertThat(CorsPolicy.parse("http://[::1]:80")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a.example", "https://a.example/", "https://A.example", "*,x", "null"})
  void nothingElse(String text) {
    assertThat(CorsPolicy.parse(text)).isEmpty();
  }
}
