package org.p2pd.node;

import com.google.common.net.UrlEscapers;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Collectors;
import org.p2pd.node.options.NodeOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's life in a foreign container: it begins when the container's connector answers, and ends
 * with the context. Whatever it started has ended when {@link #contextDestroyed} returns.
 */
final class ContainerLife implements ServletContextListener {

  private static final Logger log = LoggerFactory.getLogger(ContainerLife.class);

  /** Tomcat looks once a second for what it has to end. */
  private static final Duration ENDED_BY_CONTAINER = Duration.ofSeconds(5);

  private static final Duration LEAVING = Duration.ofSeconds(5);

  private final Application application;
  private final SelfProbe probe;

  private ContainerLife(Application application, SelfProbe probe) {
    this.application = application;
    this.probe = probe;
  }

  /** Registers all of it, while the context starts; closes the application if that fails. */
  static void register(Application application, NodeOptions options, ServletContext context) {
    try {
      tryRegister(application, options, context);
    } catch (RuntimeException e) {
      OwnThread.call("p2pd-closing", () -> closed(application));
      throw e;
    }
  }

  private static void tryRegister(
      Application application, NodeOptions options, ServletContext context) {
    int port = options.listening().port();
    String path = encoded(context.getContextPath());
    InetAddress address = options.listening().bind().orElseGet(InetAddress::getLoopbackAddress);
    Runnable begin =
        () -> {
          tellLimits(address, options);
          begin(application, port, path);
        };
    SelfProbe probe = new SelfProbe(address, port, path, begin);
    context
        .addFilter("p2pd-self-probe", probe)
        .addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, probe.path());
    application.register(context);
    Application.hideWarRoot(context);
    context.addListener(new ContainerLife(application, probe));
  }

  /** As it stands in URLs; the container gives it decoded. */
  private static String encoded(String contextPath) {
    return Arrays.stream(contextPath.split("/", -1))
        .map(UrlEscapers.urlPathSegmentEscaper()::escape)
        .collect(Collectors.joining("/"));
  }

  /** The connector is someone else's: what it costs to leave it as it is, its owner should know. */
  private static void tellLimits(InetAddress address, NodeOptions options) {
    int port = options.listening().port();
    List<String> costs =
        new ConnectorBeans()
            .limitsOf(address, port)
            .map(limits -> limits.costs(options.access().stall()))
            .orElse(List.of());
    costs.forEach(cost -> log.warn("the connector at port {}: {}", port, cost));
    if (!costs.isEmpty()) {
      log.warn(
          "attributes of Tomcat's <Connector> stand in its conf/server.xml; p2pd's"
              + " conf/tomcat/server.xml has them all, each with its reason");
    }
  }

  private static void begin(Application application, int port, String contextPath) {
    try {
      application.begin(port, contextPath);
    } catch (NodeFailure e) {
      log.error(
          "{}; titles that are here are served, other nodes are not asked", e.getMessage(), e);
    }
  }

  @Override
  public void contextInitialized(ServletContextEvent event) {
    probe.begin();
  }

  @Override
  public void contextDestroyed(ServletContextEvent event) {
    try {
      // The container ends what viewers are getting by itself now. If we closed a connection at the
      // same moment, it would find the request in a state that it does not expect.
      application.awaitResponses(ENDED_BY_CONTAINER);
      OwnThread.call("p2pd-closing", this::close);
    } finally {
      leaveNothing();
    }
  }

  /** Ends what outlives a node that is closed, and would keep the application in memory. */
  static void leaveNothing() {
    LibraryThreads.end();
    RequestThreads.awaitLeaving(LEAVING);
    RecordCaches.forgetOurs();
  }

  private boolean close() {
    probe.close();
    return closed(application);
  }

  private static boolean closed(Application application) {
    application.close();
    return true;
  }
}
