package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.Tomcat;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mockito.Mockito;

/** The other life: in a container that someone else runs. */
class P2pdInitializerTest {

  @TempDir Path directory;

  private final FakeAgent agent = new FakeAgent();
  private Tomcat tomcat;

  @BeforeEach
  void someoneRunsATomcat() throws Exception {
    Files.createDirectory(directory.resolve("media"));
    Files.createDirectory(directory.resolve("state"));
    tomcat = new Tomcat();
    tomcat.setBaseDir(directory.resolve("tomcat").toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", "127.0.0.1");
    tomcat.start();
  }

  @AfterEach
  void andStopsIt() throws Exception {
    tomcat.stop();
    tomcat.destroy();
  }

  private int port() {
    return tomcat.getConnector().getLocalPort();
  }

  private Context deploy(String options) {
    Context context = new StandardContext();
    context.setName("/video");
    context.setPath("/video");
    context.addLifecycleListener(new Tomcat.FixContextListener());
    context.addServletContainerInitializer(new P2pdInitializer(config -> agent), Set.of());
    if (!options.isEmpty()) {
      context.addParameter(P2pdInitializer.OPTIONS, options);
    }
    Tomcat.addServlet(context, "files", new DefaultServlet()).addMapping("/");
    tomcat.getHost().addChild(context);
    return context;
  }

  private String server(int portOption) {
    return "-p '" + directory + "/media' --state '" + directory + "/state' -P " + portOption;
  }

  private int status(String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + port() + path).toURL().openConnection();
    connection.setRequestProperty("Connection", "close");
    return connection.getResponseCode();
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("p2pd-"))
        .collect(Collectors.toSet());
  }

  @Test
  void aNodeBeginsWhenItFindsItself() throws Exception {
    Context context = deploy(server(port()));

    assertThat(context.getState()).isEqualTo(LifecycleState.STARTED);
    assertThat(agent.begun.get(60, TimeUnit.SECONDS)).isEqualTo(port() + "/video");
    assertThat(directory.resolve("state/address"))
        .content()
        .isEqualTo("http://127.0.0.1:" + port() + "/video\n");
  }

  @Test
  void aNodeWithTheWrongPortDoesNotBegin() throws Exception {
    deploy(server(1));

    assertThat(status("/video/nothing")).isEqualTo(404);
    assertThat(agent.calls).isEmpty();
  }

  @Test
  void takenAwayItLeavesNothing() throws Exception {
    Set<String> before = threads();
    Context context = deploy(server(port()));
    agent.begun.get(60, TimeUnit.SECONDS);

    tomcat.getHost().removeChild(context);

    assertThat(agent.calls).endsWith("close");
    assertThat(directory.resolve("state/address")).doesNotExist();
    Awaitility.await().untilAsserted(() -> assertThat(threads()).isEqualTo(before));
  }

  @Test
  void theLaunchersClassesAreNoFiles() throws Exception {
    deploy("");

    assertThat(status("/video/org/p2pd/launcher/Main.class")).isEqualTo(404);
    assertThat(agent.calls).isEmpty();
  }

  @Test
  void wrongOptionsFailTheDeploymentWithTheReason() {
    ServletContext context = Mockito.mock(ServletContext.class);
    Mockito.when(context.getInitParameter(P2pdInitializer.OPTIONS)).thenReturn("-p /m --tls-key k");

    assertThatExceptionOfType(ServletException.class)
        .isThrownBy(() -> new P2pdInitializer(c -> agent).onStartup(null, context))
        .withMessage("p2pd: --tls-key is not yet available in this version: leave it away");
  }
}
