package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class ConnectorLimitsTest {

  private static final Duration STALL = Duration.ofMinutes(10);

  /** What Tomcat has by itself. */
  private static final Map<String, Long> STOCK =
      Map.of(
          "connectionTimeout", 20_000L,
          "maxConnections", 8_192L,
          "acceptCount", 100L,
          "maxKeepAliveRequests", 100L,
          "keepAliveTimeout", 20_000L,
          "maxThreads", 200L,
          "maxHttpRequestHeaderSize", 8_192L,
          "maxHttpResponseHeaderSize", 8_192L);

  private static ConnectorLimits stockBut(String attribute, long value) {
    Map<String, Long> numbers = new HashMap<>(STOCK);
    numbers.put(attribute, value);
    return new ConnectorLimits(numbers, true);
  }

  @Test
  void aStockConnectorsLimitsAreNamedWithTheAttributeToSet() {
    assertThat(new ConnectorLimits(STOCK, true).costs(STALL))
        .containsExactly(
            "viewers who pause longer than 20 s are cut off: set connectionTimeout=\"600000\"",
            "at most 8192 connections are served at a time: set maxConnections=\"20000\"",
            "of many viewers who come in one moment, some beyond 100 are turned away: set"
                + " acceptCount=\"1024\"",
            "every connection is closed after 100 requests, and players and nodes must connect"
                + " again: set maxKeepAliveRequests=\"-1\"",
            "connections are closed after 20 s without a request: set keepAliveTimeout=\"75000\"");
  }

  @Test
  void theShippedConnectorCostsNothing() throws Exception {
    Element connector =
        (Element)
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("../conf/tomcat/server.xml").toFile())
                .getElementsByTagName("Connector")
                .item(0);
    Map<String, Long> numbers = new HashMap<>();
    for (String attribute : ConnectorLimits.ASKED) {
      numbers.put(attribute, Long.valueOf(connector.getAttribute(attribute)));
    }

    assertThat(new ConnectorLimits(numbers, true).costs(STALL)).isEmpty();
    assertThat(connector.getAttribute("useSendfile")).isEqualTo("true");
  }

  @Test
  void aLongerPauseThanTheConnectorAllowsIsSaid() {
    assertThat(stockBut("connectionTimeout", 600_000).costs(Duration.ofHours(1)))
        .first()
        .isEqualTo(
            "viewers who pause longer than 600 s are cut off: set connectionTimeout=\"3600000\"");
  }

  @Test
  void withoutALimitNothingIsSaid() {
    assertThat(stockBut("connectionTimeout", -1).costs(STALL))
        .noneMatch(cost -> cost.contains("connectionTimeout"));
    assertThat(stockBut("maxConnections", -1).costs(STALL))
        .noneMatch(cost -> cost.contains("maxConnections"));
  }

  @Test
  void whatIsNotKnownIsNotJudged() {
    assertThat(new ConnectorLimits(Map.of(), true).costs(STALL)).isEmpty();
  }

  @Test
  void headsTooSmallForProofsAndSendsThroughMemoryAreSaid() {
    assertThat(stockBut("maxHttpResponseHeaderSize", 4_096).costs(STALL))
        .anyMatch(cost -> cost.contains("maxHttpResponseHeaderSize=\"8192\""));
    assertThat(new ConnectorLimits(STOCK, false).costs(STALL))
        .anyMatch(cost -> cost.contains("useSendfile=\"true\""));
  }
}
