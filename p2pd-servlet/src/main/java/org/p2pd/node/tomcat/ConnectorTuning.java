package org.p2pd.node.tomcat;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.apache.catalina.connector.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connector's settings, where Tomcat's own would break ten thousand viewers.
 *
 * <p>The numbers are starting values that measurements may change; the reasons are in
 * docs/design/002-one-war-two-lives.md.
 */
final class ConnectorTuning {

  /** Neither a request nor a response that a thread waits for may stand still longer. */
  static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(20);

  /** A request head has come whole within this time of its first byte. */
  static final Duration HEAD_TIMEOUT = Duration.ofSeconds(30);

  /** How long a connection is kept for its next request. */
  static final int KEEP_ALIVE_MILLIS = 75_000;

  /** Request heads and answer heads are at most this long (docs/spp.md, limits). */
  static final int HEAD_BYTES = 8 * 1024;

  /** More connections than this are left in the kernel's queue. */
  static final int MAX_CONNECTIONS = 20_000;

  private static final int ACCEPT_QUEUE = 1_024;
  private static final int WRITE_BUFFER_BYTES = 32 * 1024;
  private static final int FEW_CONNECTIONS = 2_000;

  /** Files that are not connections: jars, the store's, the journal's. */
  private static final int OTHER_FILES = 512;

  /** What RFC 3986 wants escaped but browsers send as it is; never a backslash. */
  private static final String RELAXED_CHARS = "[]^`{|}\"<>";

  private static final Logger log = LoggerFactory.getLogger(ConnectorTuning.class);

  private ConnectorTuning() {}

  static void apply(Connector connector, Duration requestTimeout) {
    set(connector, "connectionTimeout", requestTimeout.toMillis());
    set(connector, "keepAliveTimeout", KEEP_ALIVE_MILLIS);
    set(connector, "maxKeepAliveRequests", -1);
    set(connector, "maxConnections", connections(openFileLimit()));
    set(connector, "acceptCount", ACCEPT_QUEUE);
    // The pool does not grow under load: memory and threads are what they are from the start.
    set(connector, "maxThreads", threads());
    set(connector, "minSpareThreads", threads());
    set(connector, "maxHttpRequestHeaderSize", HEAD_BYTES);
    set(connector, "maxHttpResponseHeaderSize", HEAD_BYTES);
    // A request body that nobody wants is not read: the connection is closed instead.
    set(connector, "maxSwallowSize", 0);
    set(connector, "maxTrailerSize", 0);
    set(connector, "tcpNoDelay", true);
    set(connector, "useSendfile", true);
    set(connector, "socket.directBuffer", true);
    set(connector, "socket.appWriteBufSize", WRITE_BUFFER_BYTES);
    set(connector, "relaxedPathChars", RELAXED_CHARS);
    set(connector, "relaxedQueryChars", RELAXED_CHARS);
    // Titles are decoded by the filter, from the raw target; Tomcat only finds the application.
    connector.setEncodedSolidusHandling("passthrough");
    connector.setEncodedReverseSolidusHandling("passthrough");
    connector.setAsyncTimeout(0);
    connector.setEnableLookups(false);
    connector.setXpoweredBy(false);
  }

  private static void set(Connector connector, String name, Object value) {
    if (!connector.setProperty(name, value.toString())) {
      throw new IllegalStateException("this Tomcat's connector has no setting " + name);
    }
  }

  /** Eight for each processor: they read local files, but wait for no viewer and no node. */
  private static int threads() {
    return Math.max(32, Math.min(128, 8 * Runtime.getRuntime().availableProcessors()));
  }

  /** Each connection may need two files: its socket, and what is sent over it. */
  static int connections(long openFileLimit) {
    long affordable = Math.max(16, (openFileLimit - OTHER_FILES) / 2);
    if (affordable < FEW_CONNECTIONS) {
      log.warn(
          "this process may open {} files only, so {} viewers at a time; raise it: ulimit -n 65536",
          openFileLimit,
          affordable);
    }
    return (int) Math.min(MAX_CONNECTIONS, affordable);
  }

  private static long openFileLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : 2L * MAX_CONNECTIONS + OTHER_FILES;
  }
}
