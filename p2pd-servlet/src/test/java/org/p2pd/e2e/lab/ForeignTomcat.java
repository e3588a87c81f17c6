package org.p2pd.e2e.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Tomcat that is not ours, as a process on an address of its own, into which an administrator
 * puts and takes away applications by copying files.
 *
 * <p>Made by {@link #in}, configured, then started. When it is closed it must end by SIGTERM, and
 * its log must have neither errors nor complaints of what applications left behind.
 */
public final class ForeignTomcat implements AutoCloseable {

  public static final int PORT = NodeSetup.PORT;

  /**
   * In the environment's CATALINA_OPTS. What is only softly held, such as Java's caches of method
   * handles, is let go by every collection: else it would look like a leak for minutes.
   */
  static final String JAVA_OPTIONS = "-Xmx256m -XX:SoftRefLRUPolicyMSPerMB=0";

  private static final Path SHIPPED = Repository.file("conf/tomcat");
  private static final int STOP_SECONDS = 90;

  /** What no log may have: errors, and what Tomcat says of applications that leave things. */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          " SEVERE |appears to have started a thread|created a ThreadLocal|failed to unregister"
              + "|is still processing a request|failed to stop it|Exception|OutOfMemoryError"
              + "|StackOverflowError|The web application \\[");

  /**
   * Tomcat's own thread, which looks after applications every 10 s, met one that was being stopped
   * and waits for its lock: Tomcat takes it for a thread of the application.
   */
  private static final Pattern TOMCATS_OWN =
      Pattern.compile("appears to have started a thread named \\[Catalina-utility-");

  private final TomcatKind kind;
  private final Javas.Java java;
  private final String name;
  private final Path directory;
  private final TomcatPlace place;
  private final String address;
  private final Path log;
  private @Nullable Process process;

  private ForeignTomcat(Lab lab, String name, TomcatKind kind, Javas.Java java) {
    this.kind = kind;
    this.java = java;
    this.name = name;
    this.directory = lab.directory(name);
    this.place = kind.place(directory, java);
    this.address = lab.address(PORT);
    this.log = lab.directory("nodes").resolve(name + ".log");
    lab.keepLog(log);
    lab.closing(this);
    place.show(War.path());
  }

  /** A Tomcat with the {@code server.xml} that it is distributed with; not started yet. */
  public static ForeignTomcat in(Lab lab, String name, TomcatKind kind, Javas.Java java) {
    ForeignTomcat tomcat = new ForeignTomcat(lab, name, kind, java);
    Path file = tomcat.place.conf().resolve("server.xml");
    // Nothing but where it listens; its port for a word that stops it is everyone's on a machine.
    tomcat.configure(text(file).replaceFirst("<Server port=\"\\d+\"", "<Server port=\"-1\""));
    return tomcat;
  }

  /** Replaces its {@code server.xml} by the one that p2pd ships. */
  public ForeignTomcat tuned() {
    configure(text(SHIPPED.resolve("server.xml")));
    return this;
  }

  private void configure(String serverXml) {
    String here = "<Connector port=\"" + PORT + "\"";
    assertThat(serverXml).contains(here);
    write(
        place.conf().resolve("server.xml"),
        serverXml.replace(here, here + " address=\"" + address + "\""));
  }

  /** Adds Tomcat's manager, with a user for the laboratory. */
  public ForeignTomcat managed() {
    TomcatManager.install(place, kind.manager());
    return this;
  }

  /** Puts an application there that is none of ours: a page, and a filter that marks it. */
  public ForeignTomcat withNeighbour() {
    Neighbour.install(place.webapps());
    return this;
  }

  /** Shows the Tomcat a directory, which it may not write. */
  public ForeignTomcat showing(Path ours) {
    place.show(ours);
    return this;
  }

  /** Shows the Tomcat a directory, which it may write. */
  public ForeignTomcat opening(Path ours) {
    place.open(ours);
    return this;
  }

  /** Starts the process and waits until its connector answers. */
  public ForeignTomcat start() {
    ProcessBuilder builder =
        new ProcessBuilder(place.command())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().keySet().removeIf(key -> key.startsWith("P2PD") || key.contains("_OPTS"));
    builder.environment().putAll(place.environment());
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("start " + this, e);
    }
    Waiting.until(
        this + " answers",
        () -> {
          if (!running().isAlive()) {
            throw new AssertionError(this + " ended with " + running().exitValue() + "\n" + log());
          }
          return Viewer.shared().get(url("/")).status() > 0;
        });
    return this;
  }

  /** The shipped descriptor of a server that publishes that directory. */
  public String serverDescriptor(Path media, Path state) {
    return descriptor("p2pd-server.xml")
        .replace("/mediafiles ", place.seen(media) + " --settle 1s ")
        .replace("/var/lib/p2pd-tomcat ", place.seen(state) + " ");
  }

  /**
   * The shipped descriptor of a cache.
   *
   * @param parent as after {@code -S}
   */
  public String cacheDescriptor(Path cache, String parent) {
    return descriptor("p2pd-cache.xml")
        .replace("/cachefiles ", place.seen(cache) + " ")
        .replace("10.0.0.1:8080 ", parent + " ");
  }

  private String descriptor(String file) {
    String shipped = text(SHIPPED.resolve(file));
    return shipped
        .substring(shipped.indexOf("<Context"))
        .replace("/opt/p2pd/p2pd.war", place.seen(War.path()).toString())
        .replace("-P 8080\"", "-P 8080 --bind " + address + "\"");
  }

  /** Copies a descriptor to where Tomcat looks for it; the file's name says the path. */
  public void deploy(String file, String descriptor) {
    // Written aside and moved: Tomcat reads what is there when it looks.
    Path written = directory.resolve(file + ".new");
    write(written, descriptor);
    try {
      Files.move(written, place.descriptors().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  /** Removes a descriptor, and waits until Tomcat has taken the application away. */
  public void undeploy(String file) {
    try {
      Files.delete(place.descriptors().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
    String application = file.substring(0, file.length() - ".xml".length());
    Waiting.until(
        this + " has removed what it unpacked of " + file,
        () -> Files.notExists(place.webapps().resolve(application)));
  }

  /** Copies the war into {@code webapps}. */
  public void dropIn(String file) {
    try {
      Path copy = Files.copy(War.path(), directory.resolve(file));
      Files.move(copy, place.webapps().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }

  /** What its process has now. */
  public Leftovers leftovers() {
    return Leftovers.of(this);
  }

  public TomcatManager manager() {
    return new TomcatManager(this);
  }

  /** SIGTERM, and its end. */
  public void stop() {
    if (process == null) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError(this + " did not end\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Lines of the log in which something is wrong. */
  public List<String> complaints() {
    List<String> complaints = new ArrayList<>();
    log()
        .lines()
        .filter(line -> COMPLAINT.matcher(line).find() && !TOMCATS_OWN.matcher(line).find())
        .limit(5)
        .forEach(line -> complaints.add(this + " logged: " + line));
    return complaints;
  }

  /** Ends it. A test that expects an error in its log stops it itself. */
  @Override
  public void close() {
    if (process == null || !process.isAlive()) {
      return;
    }
    stop();
    assertThat(complaints()).isEmpty();
    assertThat(running().exitValue()).as(this + " ends by SIGTERM").isIn(0, 143);
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(this + " was not started");
    }
    return process;
  }

  public long pid() {
    return running().pid();
  }

  /** Runs a program of its Java where it sees what the Tomcat sees. */
  Tool.Result java(String program, String... words) {
    List<String> command = new ArrayList<>(place.beside(pid()));
    command.add(java.program(program).toString());
    command.addAll(List.of(words));
    return Tool.run(command.toArray(String[]::new)).expectSuccess();
  }

  public String address() {
    return address;
  }

  /** Host and port, as after {@code -S}. */
  public String authority() {
    return address + ":" + PORT;
  }

  public URI url(String path) {
    return URI.create("http://" + authority() + path);
  }

  /** What it wrote, Debian's to the journal and the others' to catalina.out. */
  public String log() {
    return Files.exists(log) ? text(log) : "";
  }

  /** Waits until its log has these words. */
  public void awaitLog(String words) {
    Waiting.until(this + " logs: " + words, () -> log().contains(words));
  }

  /** The name under which it sees what it was shown. */
  public Path seen(Path ours) {
    return place.seen(ours);
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  @Override
  public String toString() {
    return name + " (" + kind + " on " + java + ")";
  }
}
