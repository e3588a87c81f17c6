package org.p2pd.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.p2pd.agent.Agent;
import org.p2pd.delivery.AccessLog;
import org.p2pd.delivery.Deliverer;
import org.p2pd.delivery.DeliveryLog;
import org.p2pd.http.AccessRules;
import org.p2pd.http.Cors;
import org.p2pd.http.DeliveryPlanner;
import org.p2pd.pages.Pages;

/**
 * p2pd in a servlet context: filter, servlets, and the threads they need.
 *
 * <p>Registered while the context starts. Closed by whoever registered it, after the context has
 * stopped taking requests and before the agent is closed; the agent is not closed here.
 */
public final class P2pdApplication implements AutoCloseable {

  private final Deliverer deliverer;
  private final HttpMetrics metrics;
  private final Optional<AccessLog> accessLog;

  private P2pdApplication(Agent agent, HttpConfig config) {
    accessLog = config.accessLog().map(AccessLog::open);
    metrics = new HttpMetrics();
    List<DeliveryLog> logs = new ArrayList<>(List.of(metrics));
    accessLog.ifPresent(logs::add);
    deliverer = new Deliverer(agent.content(), config.timeLimits(), DeliveryLog.all(logs));
    metrics.countStreamingWith(deliverer::streaming);
  }

  /**
   * Registers everything that answers requests; the agent may still be starting.
   *
   * @throws IllegalStateException if the context has been started already
   * @throws java.io.UncheckedIOException if the access log cannot be written
   */
  public static P2pdApplication register(ServletContext context, Agent agent, HttpConfig config) {
    P2pdApplication application = new P2pdApplication(agent, config);
    try {
      application.registerIn(context, agent, config);
      return application;
    } catch (RuntimeException e) {
      application.close();
      throw e;
    }
  }

  /** Makes the access log if it is missing; fails if it cannot be appended to. */
  public static void prepareAccessLog(Path file) throws IOException {
    AccessLog.prepare(file);
  }

  private void registerIn(ServletContext context, Agent agent, HttpConfig config) {
    AccessRules access =
        new AccessRules(config.acceptedHosts(), config.viewers(), config.recursive());
    DeliveryPlanner planner =
        new DeliveryPlanner(
            agent.titles(),
            new AgentHoldings(agent.content()),
            access,
            new Cors(config.cors()),
            InstantSource.system());
    AdminGate gate = new AdminGate(config.adminToken(), config.admins(), config.acceptedHosts());
    Pages pages = new Pages(agent.titles(), () -> agent.status().role());
    PageDesk desk =
        new PageDesk(pages, gate, access, config.browse(), config.trustedProxies(), deliverer);
    FilterRegistration.Dynamic filter =
        context.addFilter(
            "p2pd-video", new VideoFilter(planner, deliverer, desk, config.trustedProxies()));
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");

    add(context, "p2pd-spp", new SppServlet(agent.spp(), deliverer), "/.spp/*");
    add(
        context,
        "p2pd-status",
        new StatusServlet(new NodeReport(agent, metrics), gate, deliverer),
        "/.p2pd/*");
    add(context, "p2pd-pages", new PagesServlet(desk), "/.play/*", "/.web/*");
  }

  private static void add(
      ServletContext context, String name, Servlet servlet, String... patterns) {
    ServletRegistration.Dynamic registration = context.addServlet(name, servlet);
    registration.setAsyncSupported(true);
    registration.addMapping(patterns);
  }

  /** Waits until no asynchronous response is under way, within the bound. */
  public void awaitResponses(Duration bound) {
    deliverer.awaitResponses(bound);
  }

  /** Ends the responses that are under way, then the threads. */
  @Override
  public void close() {
    deliverer.close();
    accessLog.ifPresent(AccessLog::close);
    metrics.close();
  }
}
