package org.p2pd.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RequestSummaryTest {

  private static String target(@Nullable String query) {
    HttpServletRequest request = mock();
    when(request.getRequestURI()).thenReturn("/.p2pd/status");
    when(request.getQueryString()).thenReturn(query);
    return RequestSummary.of(request).target();
  }

  @Test
  void ofAnAdministratorsLinkHasNoToken() {
    assertThat(target("token=Zm9v")).isEqualTo("/.p2pd/status?token=-");
    assertThat(target("a=1&token=Zm9v&b=2")).isEqualTo("/.p2pd/status?a=1&token=-&b=2");
  }

  @Test
  void hasOtherQueriesAsTheyAre() {
    assertThat(target(null)).isEqualTo("/.p2pd/status");
    assertThat(target("tokens=3&x=token")).isEqualTo("/.p2pd/status?tokens=3&x=token");
  }
}
