package org.p2pd.node;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets Java forget this application's records.
 *
 * <p>The methods that Java 17 gives records ({@code equals} and the others) are made from handles
 * that remember the types they were last made for (JDK-8078641, mended later): the last record
 * whose components were of a class of ours would keep it, and the application with it, until
 * somebody else uses a record. So they are made once more, for a class of Java's own.
 */
final class RecordCaches {

  private static final Logger log = LoggerFactory.getLogger(RecordCaches.class);

  private RecordCaches() {}

  static void forgetOurs() {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      MethodHandle component =
          MethodHandles.publicLookup()
              .findVirtual(String.class, "strip", MethodType.methodType(String.class));
      make(
          lookup,
          "equals",
          MethodType.methodType(boolean.class, String.class, Object.class),
          component);
      make(lookup, "hashCode", MethodType.methodType(int.class, String.class), component);
      make(lookup, "toString", MethodType.methodType(String.class, String.class), component);
    } catch (Throwable e) { // whatever a later Java thinks of it: only memory is at stake
      log.debug("Java may remember a record of this application", e);
    }
  }

  private static void make(
      MethodHandles.Lookup lookup, String method, MethodType type, MethodHandle component)
      throws Throwable {
    Object made = ObjectMethods.bootstrap(lookup, method, type, String.class, "text", component);
    log.trace("{} for {}", method, made);
  }
}
