package org.p2pd.node;

import jakarta.servlet.ServletContainerInitializer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.node.tomcat.EmbeddedTomcat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node that is a process of its own: an application in its own Tomcat. */
final class NodeProcess implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);
  private static final int FIRST_FREE_PORT = 1024;

  private final NodeOptions options;
  private final EmbeddedTomcat tomcat;
  private final Application application;

  private NodeProcess(NodeOptions options, EmbeddedTomcat tomcat, Application application) {
    this.options = options;
    this.tomcat = tomcat;
    this.application = application;
  }

  /** Serves when it returns. */
  static NodeProcess start(NodeOptions options, AgentOpener opener) throws NodeFailure {
    EmbeddedTomcat tomcat = bind(options);
    try {
      return start(options, tomcat, Application.open(options, opener, Sandbox.ofProcess()));
    } catch (NodeFailure | RuntimeException e) {
      tomcat.close();
      throw e;
    }
  }

  private static NodeProcess start(
      NodeOptions options, EmbeddedTomcat tomcat, Application application) throws NodeFailure {
    try {
      ServletContainerInitializer wiring = (classes, context) -> application.register(context);
      tomcat.start(wiring);
      application.begin(tomcat.port(), "");
      if (options.listening().portFile().isPresent()) {
        writePort(options.listening().portFile().get(), tomcat.port());
      }
      return new NodeProcess(options, tomcat, application);
    } catch (NodeFailure | RuntimeException e) {
      application.close();
      throw e;
    }
  }

  int port() {
    return tomcat.port();
  }

  /** Lets viewers finish within the bound of {@code --drain}, then ends. */
  @Override
  public void close() {
    Duration bound = options.running().drain();
    long end = System.nanoTime() + bound.toNanos();
    log.info("ending: viewers have {} s to finish", bound.toSeconds());
    try (application;
        tomcat) {
      application.drain(bound);
      Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
      // Meanwhile new connections are taken: who comes is told at once to turn to another node.
      if (!tomcat.awaitSends(left)) {
        log.info("some viewers did not finish; they can resume elsewhere");
      }
      tomcat.stopAccepting();
    }
    log.info("ended");
  }

  private static EmbeddedTomcat bind(NodeOptions options) throws NodeFailure {
    NodeOptions.Listening listening = options.listening();
    try {
      return EmbeddedTomcat.bind(listening.bind(), listening.port(), options.access().stall());
    } catch (BindException e) {
      throw new NodeFailure(ExitCode.PORT, portMessage(listening, e), e);
    } catch (IOException e) {
      throw new NodeFailure(ExitCode.CANNOT_START, "cannot set up the HTTP server (" + e + ")", e);
    }
  }

  private static String portMessage(NodeOptions.Listening listening, BindException e) {
    int port = listening.port();
    if (listening.bind().isPresent() && !isOfThisMachine(listening.bind().get())) {
      return "cannot listen on "
          + listening.bind().get().getHostAddress()
          + ", which is no address of this machine: give --bind one that is";
    }
    Optional<String> owner = new PortOwner(Path.of("/proc")).describe(listening.bind(), port);
    String where =
        "cannot listen on port "
            + port
            + listening.bind().map(a -> " of " + a.getHostAddress()).orElse("");
    if (owner.isPresent()) {
      return where + ": " + owner.get() + " has it; stop it, or choose another port with -P";
    }
    if (port > 0 && port < FIRST_FREE_PORT) {
      return where
          + " ("
          + e.getMessage()
          + "): ports below 1024 need a privilege; choose another with -P, or grant"
          + " CAP_NET_BIND_SERVICE";
    }
    return where
        + " ("
        + e.getMessage()
        + "): give an address of this machine to --bind, or choose another port with -P";
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return address.isAnyLocalAddress()
          || address.isLoopbackAddress()
          || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      log.debug("cannot see the addresses of this machine", e);
      return true;
    }
  }

  private static void writePort(Path file, int port) throws NodeFailure {
    try {
      StateFiles.writeReadably(file, port + "\n");
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "cannot write the port file " + file + " (" + e + "): name another with --port-file",
          e);
    }
  }
}
