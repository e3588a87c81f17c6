package org.p2pd.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.p2pd.http.AdminToken;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.Subnet;
import org.p2pd.http.TimeLimits;

/** The application in a real Tomcat on loopback, over content that a test makes up. */
final class TestNode implements AfterEachCallback {

  static final AdminToken TOKEN = new AdminToken("0123456789abcdef");

  /** What an administrator's cookie has. */
  static String pass() {
    return TOKEN.pass(Instant.now().plusSeconds(60));
  }

  final FakeAgent agent = new FakeAgent();
  private HttpConfig config =
      new HttpConfig(
          List.of(),
          List.of(),
          Subnet.EVERYONE,
          List.of(),
          List.of(),
          false,
          TOKEN,
          CorsPolicy.ANY,
          TimeLimits.DEFAULT,
          Optional.empty());
  private Tomcat tomcat;
  private P2pdApplication application;
  private Path baseDirectory;

  TestNode with(UnaryOperator<HttpConfig> change) {
    config = change.apply(config);
    return this;
  }

  TestNode withLimits(Duration firstByte, Duration midResponse, Duration stall) {
    TimeLimits limits = new TimeLimits(firstByte, midResponse, stall);
    return with(
        c ->
            new HttpConfig(
                c.acceptedHosts(),
                c.viewers(),
                c.recursive(),
                c.admins(),
                c.trustedProxies(),
                c.browse(),
                c.adminToken(),
                c.cors(),
                limits,
                c.accessLog()));
  }

  /** Starts it, unless it runs. */
  int port() {
    if (tomcat == null) {
      start();
    }
    return tomcat.getConnector().getLocalPort();
  }

  private void start() {
    tomcat = new Tomcat();
    try {
      baseDirectory = Files.createTempDirectory("p2pd-test-");
      tomcat.setBaseDir(baseDirectory.toString());
      Connector connector = new Connector();
      connector.setPort(0);
      connector.setProperty("address", "127.0.0.1");
      connector.setProperty("maxKeepAliveRequests", "-1");
      connector.setProperty("maxSwallowSize", "0");
      connector.setEncodedSolidusHandling("passthrough");
      // Small, so that a viewer who does not read is soon seen.
      connector.setProperty("socket.txBufSize", Integer.toString(64 * 1024));
      tomcat.setConnector(connector);
      tomcat.getHost().setAutoDeploy(false);
      Context context = tomcat.addContext("", null);
      context.setCookies(false); // as in the Tomcat that a node brings along
      context.addServletContainerInitializer(
          (classes, servletContext) ->
              application = P2pdApplication.register(servletContext, agent, config),
          Set.of());
      Tomcat.addServlet(context, "nothing", new NothingHere()).addMapping("/");
      Tomcat.addServlet(context, "page", new Page()).addMapping("/page.html");
      tomcat.start();
    } catch (IOException | LifecycleException e) {
      throw new IllegalStateException(e);
    }
  }

  P2pdApplication application() {
    return application;
  }

  RawHttp connect() throws IOException {
    return new RawHttp(port());
  }

  /** One request on a connection of its own. */
  RawHttp.Answer ask(String requestLine, String... fields) throws IOException {
    try (RawHttp http = connect()) {
      http.send(requestLine, fields);
      return http.answer(requestLine.startsWith("HEAD"));
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (tomcat != null) {
      application.close();
      tomcat.stop();
      tomcat.destroy();
    }
    agent.content.assertNothingLeaked();
  }

  private static final class NothingHere extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.sendError(404, "chain");
    }
  }

  private static final class Page extends HttpServlet {
    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print("a page of the application");
    }
  }
}
