package org.p2pd.e2e.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How one node is to be started: its command line and its surroundings. */
public final class NodeSetup {

  /** The port the seeds use; every node has an address of its own. */
  public static final int PORT = 8080;

  private final Lab lab;
  private final String name;
  private final List<String> options = new ArrayList<>();
  private final List<String> jvm = new ArrayList<>(List.of("-Xmx256m"));
  private final List<String> wrapper = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private String address = "";
  private int port = PORT;
  private boolean bound = true;
  private Path state = Path.of("");

  NodeSetup(Lab lab, String name) {
    this.lab = lab;
    this.name = name;
  }

  /** An option of the command line, with its value if it has one. */
  public NodeSetup option(String... words) {
    options.addAll(List.of(words));
    return this;
  }

  /** Takes an option that was given, with its value, away again. */
  public NodeSetup without(String option) {
    int at = options.indexOf(option);
    if (at >= 0) {
      options.remove(at);
      if (at < options.size() && !options.get(at).startsWith("-")) {
        options.remove(at);
      }
    }
    return this;
  }

  /** Replaces the JVM's own options, which otherwise are a heap of 256 MiB. */
  public NodeSetup jvm(String... words) {
    jvm.clear();
    jvm.addAll(List.of(words));
    return this;
  }

  /** A program that becomes the node, such as {@code setpriv …}. */
  public NodeSetup wrappedIn(String... words) {
    wrapper.clear();
    wrapper.addAll(List.of(words));
    return this;
  }

  public NodeSetup environment(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Where it listens, instead of a loopback address of its own on port 8080. */
  public NodeSetup at(String newAddress, int newPort) {
    address = newAddress;
    port = newPort;
    return this;
  }

  /** Gives no {@code --bind}, no {@code -P}: the options say it all. */
  public NodeSetup unbound() {
    bound = false;
    return this;
  }

  /** Where the node keeps its key, its catalogue and its token. */
  NodeSetup stateIn(Path directory) {
    state = directory;
    return this;
  }

  /** Starts it and waits until it serves. */
  public Node start() {
    Node node = prepare();
    node.start();
    return node;
  }

  /** A node that was not started yet. */
  public Node prepare() {
    if (address.isEmpty()) {
      address = lab.address(PORT);
    }
    Node node = new Node(lab.directory("nodes"), this);
    lab.add(node);
    return node;
  }

  /** Runs it to an end that is expected soon, such as a refusal of its options. */
  public Tool.Result runToEnd() {
    if (address.isEmpty()) {
      address = lab.address(PORT);
    }
    return Tool.run(
        Waiting.GENEROUS, lab.directory("nodes"), command(lab.directory("nodes").resolve(name)));
  }

  List<String> command(Path portFile) {
    List<String> command = new ArrayList<>(wrapper);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-jar");
    command.add(War.path().toString());
    command.addAll(options);
    if (bound) {
      command.addAll(List.of("--bind", address, "-P", Integer.toString(port)));
    }
    if (!options.contains("--port-file")) {
      command.addAll(List.of("--port-file", portFile.toString()));
    }
    return command;
  }

  String name() {
    return name;
  }

  String address() {
    return address;
  }

  Map<String, String> environment() {
    return environment;
  }

  Path state() {
    return state;
  }
}
