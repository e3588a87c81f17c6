package org.p2pd.node;

import com.google.common.net.InetAddresses;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.management.JMException;
import javax.management.JMRuntimeException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a foreign Tomcat's connector through its management beans: they can be seen from a web
 * application, and need none of Tomcat's classes. Where there are none, nothing is known.
 */
final class ConnectorBeans {

  private static final Logger log = LoggerFactory.getLogger(ConnectorBeans.class);

  private final MBeanServer beans;

  ConnectorBeans() {
    this(ManagementFactory.getPlatformMBeanServer());
  }

  ConnectorBeans(MBeanServer beans) {
    this.beans = beans;
  }

  /** The limits of the HTTP connector that listens at that port, there or everywhere. */
  Optional<ConnectorLimits> limitsOf(InetAddress address, int port) {
    try {
      Set<ObjectName> names =
          beans.queryNames(new ObjectName("*:type=ProtocolHandler,port=" + port + ",*"), null);
      for (ObjectName name : names) {
        String at = name.getKeyProperty("address");
        if (at == null || isAddress(at, address)) {
          return Optional.of(read(name));
        }
      }
      log.debug("no management bean tells the limits of the connector at port {}", port);
    } catch (MalformedObjectNameException e) {
      throw new IllegalStateException(e); // it is written here
    }
    return Optional.empty();
  }

  /** Tomcat quotes it in the bean's name, where a colon would end it. */
  private static boolean isAddress(String quoted, InetAddress address) {
    String at = quoted.startsWith("\"") ? ObjectName.unquote(quoted) : quoted;
    if (!InetAddresses.isInetAddress(at)) {
      return false; // a name is not looked up for this
    }
    InetAddress listening = InetAddresses.forString(at);
    return listening.isAnyLocalAddress() || listening.equals(address);
  }

  private ConnectorLimits read(ObjectName name) {
    Map<String, Long> numbers = new HashMap<>();
    for (String attribute : ConnectorLimits.ASKED) {
      if (value(name, attribute) instanceof Number number) {
        numbers.put(attribute, number.longValue());
      }
    }
    return new ConnectorLimits(numbers, !Boolean.FALSE.equals(value(name, "useSendfile")));
  }

  private Object value(ObjectName name, String attribute) {
    try {
      return beans.getAttribute(name, attribute);
    } catch (JMException | JMRuntimeException e) {
      // Another version of Tomcat, or another connector: what it does not tell is not judged.
      log.debug("{} does not tell {}", name, attribute, e);
      return Optional.empty();
    }
  }
}
