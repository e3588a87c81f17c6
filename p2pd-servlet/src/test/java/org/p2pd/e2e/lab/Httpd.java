package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * An Apache httpd, Debian's, with one of the files in {@code conf/httpd} as it is: what the file
 * leaves to its user stands before it, as it would in a site's own file.
 */
public final class Httpd implements AutoCloseable {

  private static final Path MODULES = Path.of("/usr/lib/apache2/modules");
  private static final Path CONFIGURATION = Repository.file("conf/httpd");
  private static final int STOP_SECONDS = 60;

  private final List<String> modules =
      new ArrayList<>(
          List.of(
              "mpm_event",
              "authz_core",
              "mime",
              "dir",
              "alias",
              "env",
              "setenvif",
              "reqtimeout",
              "deflate",
              "filter"));
  private final Map<String, String> defined = new LinkedHashMap<>();
  private final Path root;
  private final String file;
  private final String address;
  private final int port;
  private Process process;

  /**
   * @param file its name in {@code conf/httpd}
   */
  public Httpd(Lab lab, String file, int port) {
    this.file = file;
    this.port = port;
    this.address = lab.address(port);
    this.root = lab.directory("httpd-" + address + "-" + file);
    define("P2PD_HTTP", address + ":" + port);
    define("P2PD_CONF", CONFIGURATION.toString());
    lab.closing(this);
  }

  /** Says what the file leaves to its user. */
  public Httpd define(String name, String value) {
    defined.put(name, value);
    return this;
  }

  /** Over TLS at that port of its address, with a certificate for that name signed by itself. */
  public Httpd certified(String site, int tlsPort) {
    Path certificate = root.resolve("certificate.pem");
    Path key = root.resolve("key.pem");
    Tool.run(
            Tool.require("openssl"),
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=" + site,
            "-addext",
            "subjectAltName=DNS:" + site,
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString())
        .expectSuccess();
    return modules("ssl", "socache_shmcb")
        .define("P2PD_HTTPS", address + ":" + tlsPort)
        .define("P2PD_CERTIFICATE", certificate.toString())
        .define("P2PD_KEY", key.toString());
  }

  /** Modules that the file says it takes, as after {@code a2enmod}. */
  public Httpd modules(String... names) {
    modules.addAll(List.of(names));
    return this;
  }

  public String address() {
    return address;
  }

  public int port() {
    return port;
  }

  public String authority() {
    return address + ":" + port;
  }

  /** Starts it and waits until it answers. */
  public Httpd start() {
    Tool.require("apache2"); // deploy/test installs it
    try {
      Path main = Files.write(root.resolve("httpd.conf"), mainFile());
      List<String> command = List.of("apache2", "-DFOREGROUND", "-f", main.toString());
      Tool.run("apache2", "-t", "-f", main.toString()).expectSuccess();
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(root.resolve("out").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
    Waiting.until(
        "httpd answers at " + authority(),
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("httpd ended: " + log());
          }
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), 1000);
            return true;
          }
        });
    return this;
  }

  private List<String> mainFile() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "ServerRoot " + root,
                "PidFile " + root.resolve("pid"),
                "DefaultRuntimeDir " + root,
                "ErrorLog " + root.resolve("error.log"),
                "ServerName localhost",
                "TypesConfig /etc/mime.types",
                "User www-data",
                "Group www-data",
                // Few processes, for the sake of other tests; the threads are those of the default.
                "StartServers 1",
                "Listen " + authority()));
    if (defined.containsKey("P2PD_HTTPS")) {
      lines.add("Listen " + defined.get("P2PD_HTTPS"));
    }
    for (String module : modules) {
      lines.add("LoadModule " + module + "_module " + MODULES.resolve("mod_" + module + ".so"));
    }
    // What a site of text has: it must leave films alone.
    lines.add(
        "AddOutputFilterByType DEFLATE text/html text/css application/octet-stream video/mp4");
    defined.forEach((name, value) -> lines.add("Define " + name + " " + value));
    lines.add("Include " + CONFIGURATION.resolve(file));
    return lines;
  }

  public String log() throws IOException {
    Path log = root.resolve("error.log");
    return Files.readString(root.resolve("out")) + (Files.exists(log) ? Files.readString(log) : "");
  }

  @Override
  public void close() throws Exception {
    if (process != null) {
      process.destroy();
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
