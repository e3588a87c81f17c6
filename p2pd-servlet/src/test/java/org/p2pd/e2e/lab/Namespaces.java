package org.p2pd.e2e.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * A network of the test's own: machines that share one Ethernet and see nothing else. Each is a
 * network namespace; a program that runs there also has mounts of its own.
 */
public final class Namespaces implements AutoCloseable {

  private static final String DEVICE = "eth0";
  private static final String ONE = "bridge";
  private static final String OTHER = "bridge2";

  private final String prefix;
  private final List<String> names = new ArrayList<>();

  private Namespaces(String prefix) {
    this.prefix = prefix;
  }

  /** Whether this process may make such networks. */
  public static boolean available() {
    if (!Privileges.mayMount() || Tool.find("ip").isEmpty()) {
      return false;
    }
    try (Namespaces trial = create()) {
      trial.machine("trial", "10.0.0.250/24");
      return true;
    } catch (AssertionError e) {
      return false; // the kernel or the container forbids it: the tests are skipped, and say so
    }
  }

  /** A network with nothing in it but the Ethernet. */
  public static Namespaces create() {
    Namespaces network = new Namespaces("p2pd" + ProcessHandle.current().pid() + "-");
    network.add("ether");
    for (String bridge : List.of(ONE, OTHER)) {
      network.in("ether", "ip", "link", "add", bridge, "type", "bridge").expectSuccess();
      network.in("ether", "ip", "link", "set", bridge, "up").expectSuccess();
    }
    return network;
  }

  /** Adds a machine with these addresses, such as {@code 10.0.0.1/24}. */
  public void machine(String name, String... addresses) {
    add(name);
    int port = names.size();
    ip(
        "link",
        "add",
        "port" + port,
        "netns",
        full("ether"),
        "type",
        "veth",
        "peer",
        "name",
        DEVICE,
        "netns",
        full(name));
    in("ether", "ip", "link", "set", "port" + port, "master", ONE).expectSuccess();
    in("ether", "ip", "link", "set", "port" + port, "up").expectSuccess();
    in(name, "ip", "link", "set", "lo", "up").expectSuccess();
    for (String address : addresses) {
      in(name, "ip", "address", "add", address, "dev", DEVICE).expectSuccess();
    }
    in(name, "ip", "link", "set", DEVICE, "up").expectSuccess();
  }

  /** Lets a machine reach a subnet that is on the same Ethernet. */
  public void route(String name, String subnet) {
    in(name, "ip", "route", "add", subnet, "dev", DEVICE).expectSuccess();
  }

  /** From now on these see each other and nobody else; no one is told. */
  public void splitOff(List<String> machines) {
    move(machines, OTHER);
  }

  /** What was split off is back. */
  public void heal(List<String> machines) {
    move(machines, ONE);
  }

  private void move(List<String> machines, String bridge) {
    for (String machine : machines) {
      String port = "port" + (names.indexOf(machine) + 1);
      in("ether", "ip", "link", "set", port, "master", bridge).expectSuccess();
    }
  }

  /** The words that run what follows them on that machine. */
  public List<String> on(String name) {
    return List.of("ip", "netns", "exec", full(name));
  }

  /** Runs a program there, to its end. */
  public Tool.Result in(String name, String... command) {
    List<String> words = new ArrayList<>(on(name));
    words.addAll(List.of(command));
    return Tool.run(words.toArray(String[]::new));
  }

  private void add(String name) {
    ip("netns", "add", full(name));
    names.add(name);
  }

  private String full(String name) {
    return prefix + name;
  }

  private static void ip(String... words) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(words));
    Tool.run(command.toArray(String[]::new)).expectSuccess();
  }

  @Override
  public void close() {
    for (String name : names) {
      ip("netns", "delete", full(name));
    }
    names.clear();
  }
}
