package org.p2pd.launcher;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URLClassLoader;
import java.nio.file.Path;

/** The war's main class: finds the node in the war it was started from, and runs it. */
public final class Main {

  private static final String NODE = "org.p2pd.node.NodeMain";

  /** Tells the node which file it was started from, so that it can start itself again detached. */
  private static final String WAR_PROPERTY = "p2pd.war";

  /** The exit code for a war that cannot be unpacked; all others are the node's. */
  private static final int CANNOT_UNPACK = 70;

  /**
   * Bounds what each thread keeps of direct memory after it read or wrote heap buffers; read by the
   * JDK once, when it first needs it.
   */
  private static final String CACHED_BUFFER_PROPERTY = "jdk.nio.maxCachedBufferSize";

  private static final String CACHED_BUFFER_BYTES = Integer.toString(256 * 1024);

  private Main() {}

  public static void main(String[] args) {
    Logging.install();
    if (System.getProperty(CACHED_BUFFER_PROPERTY) == null) {
      System.setProperty(CACHED_BUFFER_PROPERTY, CACHED_BUFFER_BYTES);
    }
    Class<?> node;
    try {
      Path war = ownWar();
      System.setProperty(WAR_PROPERTY, war.toString());
      URLClassLoader loader = new WarLibrary(war, UnpackPlaces.ofThisUser()).classLoader();
      Thread.currentThread().setContextClassLoader(loader);
      node = Class.forName(NODE, true, loader);
    } catch (IOException | URISyntaxException | ClassNotFoundException e) {
      System.err.println("p2pd: cannot start from this war: " + e);
      System.exit(CANNOT_UNPACK);
      return;
    }
    run(node, args);
  }

  private static void run(Class<?> node, String[] args) {
    try {
      node.getMethod("main", String[].class).invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(NODE + " failed", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(NODE + " is not what this launcher expects", e);
    }
  }

  private static Path ownWar() throws URISyntaxException {
    return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
