package org.p2pd.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The limits of a foreign container's connector, and what they cost.
 *
 * <p>Tomcat's defaults are made for pages: thousands of viewers, or one who pauses, run into them.
 * The values asked for are those of {@code conf/tomcat/server.xml}, where the reasons stand beside
 * them.
 *
 * @param numbers by the attribute's name as in {@code server.xml}; what is missing is not judged
 * @param useSendfile whether the connector sends from files
 */
record ConnectorLimits(Map<String, Long> numbers, boolean useSendfile) {

  /** What a limit says that is none. */
  private static final long UNLIMITED = -1;

  private static final long WANTED_CONNECTIONS = 20_000;
  private static final long WANTED_QUEUE = 1_024;
  private static final long WANTED_KEEP_ALIVE_MILLIS = 75_000;
  private static final long WANTED_THREADS = 32;
  private static final long WANTED_HEAD_BYTES = 8 * 1024;

  /** What is asked about; others are of no concern. */
  static final List<String> ASKED =
      List.of(
          "connectionTimeout",
          "maxConnections",
          "acceptCount",
          "maxKeepAliveRequests",
          "keepAliveTimeout",
          "maxThreads",
          "maxHttpRequestHeaderSize",
          "maxHttpResponseHeaderSize");

  ConnectorLimits {
    numbers = Map.copyOf(numbers);
  }

  /**
   * One sentence for each limit that costs something, with the attribute to set.
   *
   * @param stall how long a viewer may stop reading, as the node's owner wants it
   */
  List<String> costs(Duration stall) {
    List<String> costs = new ArrayList<>();
    cost(
        costs,
        "connectionTimeout",
        stall.toMillis(),
        value -> "viewers who pause longer than " + seconds(value) + " are cut off");
    cost(
        costs,
        "maxConnections",
        WANTED_CONNECTIONS,
        value -> "at most " + value + " connections are served at a time");
    cost(
        costs,
        "acceptCount",
        WANTED_QUEUE,
        value ->
            "of many viewers who come in one moment, some beyond " + value + " are turned away");
    cost(
        costs,
        "maxKeepAliveRequests",
        UNLIMITED,
        value ->
            "every connection is closed after "
                + value
                + " requests, and players and nodes must connect again");
    cost(
        costs,
        "keepAliveTimeout",
        WANTED_KEEP_ALIVE_MILLIS,
        value -> "connections are closed after " + seconds(value) + " without a request");
    cost(
        costs,
        "maxThreads",
        WANTED_THREADS,
        value -> "no more than " + value + " requests are looked at in one moment");
    cost(
        costs,
        "maxHttpRequestHeaderSize",
        WANTED_HEAD_BYTES,
        value -> "requests of other nodes with heads beyond " + value + " bytes are refused");
    cost(
        costs,
        "maxHttpResponseHeaderSize",
        WANTED_HEAD_BYTES,
        value ->
            "proofs for other nodes that take heads beyond " + value + " bytes cannot be sent");
    if (!useSendfile) {
      costs.add(
          "what is held goes through Java's memory instead of straight from its file: set"
              + " useSendfile=\"true\"");
    }
    return costs;
  }

  private void cost(List<String> costs, String attribute, long wanted, Sentence sentence) {
    Long value = numbers.get(attribute);
    if (value == null || !isLess(value, wanted)) {
      return;
    }
    costs.add(sentence.of(value) + ": set " + attribute + "=\"" + wanted + "\"");
  }

  private static boolean isLess(long value, long wanted) {
    return value >= 0 && (wanted == UNLIMITED || value < wanted);
  }

  private static String seconds(long millis) {
    return millis % 1_000 == 0 ? millis / 1_000 + " s" : millis + " ms";
  }

  private interface Sentence {
    String of(long value);
  }
}
