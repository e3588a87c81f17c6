package org.p2pd.node;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.p2pd.agent.Agent;
import org.p2pd.agent.StartException;
import org.p2pd.http.AdminToken;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.servlet.P2pdApplication;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node in one servlet context, the same in both lives of the war.
 *
 * <p>Life: {@link #open} (directories, agent) → {@link #register} (while the context starts) →
 * {@link #begin} (its port answers) → {@link #drain} → {@link #close}. Called by one thread at a
 * time, each after the one before it has ended or has started it.
 */
final class Application implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Application.class);

  private final NodeOptions options;
  private final Agent agent;
  private final AdminToken token;
  private @Nullable P2pdApplication http;

  private Application(NodeOptions options, Agent agent, AdminToken token) {
    this.options = options;
    this.agent = agent;
    this.token = token;
  }

  static Application open(NodeOptions options, AgentOpener opener, Sandbox sandbox)
      throws NodeFailure {
    Directories.check(options.agent(), sandbox);
    Directories.checkUnpublished(options);
    if (options.access().accessLog().isPresent()) {
      Directories.checkAccessLog(options.access().accessLog().get(), sandbox);
    }
    Agent agent = openAgent(options, opener);
    try {
      return new Application(options, agent, StateFiles.token(options.agent().state()));
    } catch (IOException e) {
      agent.close();
      throw new NodeFailure(
          ExitCode.CANNOT_START, "cannot keep the administration token (" + e + ")", e);
    }
  }

  private static Agent openAgent(NodeOptions options, AgentOpener opener) throws NodeFailure {
    try {
      return opener.open(options.agent());
    } catch (StartException e) {
      throw new NodeFailure(ExitCode.CANNOT_START, String.valueOf(e.getMessage()), e);
    }
  }

  /** Registers all that answers requests. */
  void register(ServletContext context) {
    http = P2pdApplication.register(context, agent, options.http(token));
  }

  /**
   * The port answers: says so, and begins to talk to other nodes.
   *
   * @param port the port listened on
   * @param contextPath empty, or where the application lives in its container
   */
  void begin(int port, String contextPath) throws NodeFailure {
    Banner banner = new Banner(options, token, port, contextPath);
    try {
      StateFiles.writePrivately(address(), banner.localUrl() + "\n");
    } catch (IOException e) {
      throw new NodeFailure(ExitCode.CANNOT_START, "cannot write " + address() + " (" + e + ")", e);
    }
    agent.begin(options.listening().advertisedPort(port), contextPath);
    banner.lines().forEach(line -> log.info("{}", line));
  }

  /** Tells load balancers, and waits for viewers within the bound. */
  void drain(Duration bound) {
    agent.drain(bound);
  }

  /** Waits until nobody is being answered any more, within the bound. */
  void awaitResponses(Duration bound) {
    if (http != null) {
      http.awaitResponses(bound);
    }
  }

  @Override
  public void close() {
    try (agent) {
      StateFiles.remove(address());
      if (http != null) {
        http.close();
      }
    }
  }

  private Path address() {
    return options.agent().state().resolve(StateFiles.ADDRESS);
  }

  /** The classes at the war's root are no files for strangers, unless a title has that name. */
  static void hideWarRoot(ServletContext context) {
    FilterRegistration.Dynamic filter = context.addFilter("p2pd-war-root", new WarRootFilter());
    filter.setAsyncSupported(true);
    filter.addMappingForUrlPatterns(EnumSet.of(DispatcherType.REQUEST), true, "/org/*");
  }
}
