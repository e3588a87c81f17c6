package org.p2pd.node.tomcat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import jakarta.servlet.ServletContainerInitializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.Context;
import org.apache.catalina.Host;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.session.StandardManager;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.modeler.Registry;

/**
 * One Tomcat with one connector and one application on the class loader that is there already.
 *
 * <p>Life: {@link #bind} takes the port (what connects waits in the kernel's queue) → {@link
 * #start} runs the application and answers → {@link #stopAccepting} → {@link #close}.
 */
public final class EmbeddedTomcat implements AutoCloseable {

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Tomcat tomcat;
  private final Connector connector;
  private final PatientProtocol protocol;
  private final Path workDirectory;

  private EmbeddedTomcat(
      Tomcat tomcat, Connector connector, PatientProtocol protocol, Path workDirectory) {
    this.tomcat = tomcat;
    this.connector = connector;
    this.protocol = protocol;
    this.workDirectory = workDirectory;
  }

  /**
   * Takes the port.
   *
   * @param address the only address listened on; empty: all of both kinds
   * @param port 0 for any free one
   * @param stall how long a viewer may take nothing
   * @throws BindException if the port cannot be had
   */
  public static EmbeddedTomcat bind(Optional<InetAddress> address, int port, Duration stall)
      throws IOException {
    return bind(address, port, Patience.standard(stall));
  }

  static EmbeddedTomcat bind(Optional<InetAddress> address, int port, Patience patience)
      throws IOException {
    // Tomcat's management beans: a fifth of a node's start, and one more for every connection.
    Registry.disableRegistry();
    Path workDirectory = Files.createTempDirectory("p2pd-tomcat-");
    PatientProtocol protocol = new PatientProtocol(new PatientEndpoint(patience));
    Connector connector = new Connector(protocol);
    connector.setPort(port);
    connector.setThrowOnFailure(true);
    ConnectorTuning.apply(connector, patience.request());
    address.ifPresent(a -> connector.setProperty("address", a.getHostAddress()));

    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(workDirectory.toString());
    tomcat.setConnector(connector);
    quiet(tomcat.getHost());
    EmbeddedTomcat embedded = new EmbeddedTomcat(tomcat, connector, protocol, workDirectory);
    try {
      tomcat.init();
      return embedded;
    } catch (LifecycleException e) {
      embedded.close();
      throw bindFailure(e);
    }
  }

  /** The port listened on. */
  public int port() {
    return connector.getLocalPort();
  }

  /**
   * Runs the application and begins to answer.
   *
   * @throws IllegalStateException if the application does not start
   */
  public void start(ServletContainerInitializer application) {
    Context context = tomcat.addContext("", null);
    context.setLoader(new GivenLoader(EmbeddedTomcat.class.getClassLoader()));
    context.setCookies(false);
    context.addServletContainerInitializer(
        (classes, told) -> told.setAttribute(WatchedSend.TELLS_OF_ENDS, true), Set.of());
    context.addServletContainerInitializer(application, Set.of());
    StandardManager sessions = new StandardManager();
    sessions.setPathname(null);
    sessions.setSecureRandomAlgorithm(""); // the system's own: it is not slow, and nothing warns
    context.setManager(sessions);
    ((StandardContext) context).setClearReferencesRmiTargets(false);
    Tomcat.addServlet(context, "nothing-here", new NothingHere()).addMapping("/");
    try {
      tomcat.start();
    } catch (LifecycleException e) {
      throw new IllegalStateException("start Tomcat", e);
    }
    if (context.getState() != LifecycleState.STARTED) {
      throw new IllegalStateException("the application did not start; the log says why");
    }
  }

  /** No new connections; those that are there go on. */
  public void stopAccepting() {
    connector.pause();
  }

  /**
   * Waits until no zero-copy send is under way.
   *
   * @return whether that came before the bound
   */
  public boolean awaitSends(Duration bound) {
    long end = System.nanoTime() + bound.toNanos();
    while (protocol.sendsUnderWay() > 0) {
      if (System.nanoTime() - end >= 0) {
        return false;
      }
      // Tomcat tells no one when a send ends, so it has to be looked at.
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
  }

  @Override
  public void close() {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IllegalStateException("stop Tomcat", e);
    } finally {
      deleteWorkDirectory();
    }
  }

  /** Error pages that tell strangers nothing of Tomcat or of Java. */
  private static void quiet(Host host) {
    ErrorReportValve errors = new ErrorReportValve();
    errors.setShowServerInfo(false);
    errors.setShowReport(false);
    host.getPipeline().addValve(errors);
    host.setAutoDeploy(false);
  }

  private static IOException bindFailure(LifecycleException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException bind) {
        return bind;
      }
    }
    return new IOException("start the connector", failure);
  }

  private void deleteWorkDirectory() {
    try {
      MoreFiles.deleteRecursively(workDirectory, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException("delete " + workDirectory, e);
    }
  }
}
