package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.MBeanServerFactory;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.junit.jupiter.api.Test;

class ConnectorBeansTest {

  private final MBeanServer server = MBeanServerFactory.newMBeanServer();
  private final ConnectorBeans beans = new ConnectorBeans(server);

  /** Few of the attributes, of several types, as Tomcat's model beans have them. */
  public interface Handler {
    int getMaxConnections();

    boolean isUseSendfile();

    String getAcceptCount();
  }

  private record Fixed(int maxConnections) implements Handler {
    @Override
    public int getMaxConnections() {
      return maxConnections;
    }

    @Override
    public boolean isUseSendfile() {
      return false;
    }

    @Override
    public String getAcceptCount() {
      throw new IllegalStateException("not to be had");
    }
  }

  private void connector(String key, int maxConnections) throws Exception {
    // Tomcat's attribute names begin with a small letter, a standard bean's with a capital one.
    var model = new SmallNames(new StandardMBean(new Fixed(maxConnections), Handler.class));
    server.registerMBean(model, new ObjectName("Catalina:type=ProtocolHandler," + key));
  }

  @Test
  void theConnectorAtThatPortAndAddressIsRead() throws Exception {
    connector("port=8080,address=\"127.0.0.2\"", 1);
    connector("port=8080,address=\"127.0.0.3\"", 2);
    connector("port=8443", 3);

    assertThat(beans.limitsOf(InetAddress.getByName("127.0.0.3"), 8080))
        .contains(new ConnectorLimits(Map.of("maxConnections", 2L), false));
    assertThat(beans.limitsOf(InetAddress.getByName("127.0.0.4"), 8080)).isEmpty();
    assertThat(beans.limitsOf(InetAddress.getByName("127.0.0.4"), 8443))
        .contains(new ConnectorLimits(Map.of("maxConnections", 3L), false));
  }

  @Test
  void whoListensEverywhereIsReadToo() throws Exception {
    connector("port=8080,address=\"0.0.0.0\"", 4);

    assertThat(beans.limitsOf(InetAddress.getLoopbackAddress(), 8080)).isPresent();
  }

  @Test
  void withoutBeansNothingIsKnown() throws Exception {
    assertThat(beans.limitsOf(InetAddress.getLoopbackAddress(), 8080)).isEmpty();
  }
}
