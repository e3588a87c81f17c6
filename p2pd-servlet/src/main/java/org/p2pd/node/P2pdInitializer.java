package org.p2pd.node;

import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.node.options.OptionsReader;
import org.p2pd.node.options.Surroundings;
import org.p2pd.node.options.UsageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The war's other life: a web application in a container that someone else runs. Found by the
 * container through {@code META-INF/services}.
 *
 * <p>The context parameter {@code p2pd.options} says what the node is; without it everything is
 * left untouched. A node that cannot start makes its deployment fail with the reason.
 */
public final class P2pdInitializer implements ServletContainerInitializer {

  /** The context parameter. */
  static final String OPTIONS = "p2pd.options";

  private static final Logger log = LoggerFactory.getLogger(P2pdInitializer.class);

  private final AgentOpener opener;

  /** Made by the container. */
  public P2pdInitializer() {
    this(AgentOpener.STANDARD);
  }

  P2pdInitializer(AgentOpener opener) {
    this.opener = opener;
  }

  @Override
  public void onStartup(@Nullable Set<Class<?>> classes, ServletContext context)
      throws ServletException {
    String text = context.getInitParameter(OPTIONS);
    if (text == null || text.isBlank()) {
      log.info(
          "p2pd at {}/ does nothing: say what it is with the context parameter {}, such as"
              + " <Parameter name=\"{}\" value=\"-i -p /mediafiles -N -P 8080\"/> in Tomcat's"
              + " conf/Catalina/localhost/ROOT.xml",
          context.getContextPath(),
          OPTIONS,
          OPTIONS);
      Application.hideWarRoot(context);
      return;
    }
    try {
      start(
          new OptionsReader(Surroundings.ofContainer(), Version.text()).readText(text, OPTIONS),
          context);
    } catch (UsageException | NodeFailure e) {
      throw new ServletException("p2pd: " + e.getMessage(), e);
    }
  }

  private void start(NodeOptions options, ServletContext context) throws NodeFailure {
    boolean started = false;
    try {
      Application application =
          OwnThread.call(
              "p2pd-opening", () -> Application.open(options, opener, Sandbox.ofContainer()));
      ContainerLife.register(application, options, context);
      started = true;
    } finally {
      if (!started) {
        ContainerLife.leaveNothing();
      }
    }
  }
}
