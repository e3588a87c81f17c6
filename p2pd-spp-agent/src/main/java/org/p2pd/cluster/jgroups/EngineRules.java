package org.p2pd.cluster.jgroups;

import org.jgroups.Global;
import org.jgroups.logging.LogFactory;
import org.jgroups.util.ObjectInputStreamWithClassloader;

/**
 * What holds for the engine as a whole, laid down before any of its other classes comes to life:
 * its log, and that nothing that was received is deserialised.
 */
final class EngineRules {

  private EngineRules() {}

  static {
    LogFactory.setCustomLogFactory(new EngineLog.Factory());
    refuseDeserialisation();
    MessageTypes.restrict();
  }

  /** Makes sure that they hold. */
  static void enforce() {
    // The work is done when this class comes to life, once for each class loader.
  }

  /**
   * The second barrier, behind {@link MessageTypes}: no class passes the engine's own filter. It
   * reads a system property when it comes to life, and others in this process may use the same one.
   */
  private static void refuseDeserialisation() {
    String before = System.getProperty(Global.DESERIALIZATION_FILTER);
    System.setProperty(Global.DESERIALIZATION_FILTER, "!*");
    try {
      Class.forName(
          ObjectInputStreamWithClassloader.class.getName(),
          true,
          EngineRules.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("the engine is not complete", e);
    } finally {
      if (before == null) {
        System.clearProperty(Global.DESERIALIZATION_FILTER);
      } else {
        System.setProperty(Global.DESERIALIZATION_FILTER, before);
      }
    }
  }
}
