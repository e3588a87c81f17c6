package org.p2pd.servlet;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.util.EnumSet;
import org.p2pd.agent.Agent;

/**
 * p2pd in a servlet context: filter, servlets, and the threads they need.
 *
 * <p>Registered while the context starts. Closed by whoever registered it, after the context has
 * stopped taking requests and before the agent is closed; the agent is not closed here.
 */
public final class P2pdApplication implements AutoCloseable {

  private P2pdApplication() {}

  /**
   * Registers everything that answers requests; the agent may still be starting.
   *
   * @throws IllegalStateException if the context has been started already
   */
  public static P2pdApplication register(ServletContext context, Agent agent, HttpConfig config) {
    FilterRegistration.Dynamic filter =
        context.addFilter("p2pd-video", new VideoFilter(agent, config));
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), false, "/*");
    return new P2pdApplication();
  }

  @Override
  public void close() {}
}
