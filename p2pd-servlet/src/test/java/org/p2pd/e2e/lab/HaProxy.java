package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** HAProxy, Debian's, with {@code conf/haproxy/haproxy.cfg} as it is, in front of two nodes. */
public final class HaProxy implements AutoCloseable {

  private static final int PORT = 8080;
  private static final int STOP_SECONDS = 30;

  private final String address;
  private final Process process;

  public HaProxy(Lab lab, Node one, Node two) {
    address = lab.address(PORT);
    Path file = Repository.file("conf/haproxy/haproxy.cfg");
    ProcessBuilder builder =
        new ProcessBuilder(Tool.require("haproxy"), "-db", "-f", file.toString());
    builder.environment().put("P2PD_FRONT", address + ":" + PORT);
    builder.environment().put("P2PD_ONE", one.authority());
    builder.environment().put("P2PD_TWO", two.authority());
    Path log = lab.directory("haproxy").resolve("log");
    try {
      process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    } catch (IOException e) {
      throw new UncheckedIOException("haproxy", e);
    }
    lab.closing(this);
    Waiting.until(
        "HAProxy answers",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("HAProxy ended: " + Files.readString(log));
          }
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, PORT), 1000);
            return true;
          }
        });
  }

  /** Whom it runs as. */
  public String user() {
    return process.info().user().orElseThrow();
  }

  public String address() {
    return address;
  }

  public int port() {
    return PORT;
  }

  public URI url(String title) {
    return URI.create("http://" + address + ":" + PORT + Urls.encode(title));
  }

  @Override
  public void close() throws Exception {
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
