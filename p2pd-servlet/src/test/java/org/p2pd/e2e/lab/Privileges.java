package org.p2pd.e2e.lab;

import java.util.List;

/** What this process may do that an ordinary one may not. */
public final class Privileges {

  private Privileges() {}

  public static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Makes a program obey file permissions although it runs as root. */
  public static String[] obeyingPermissions() {
    return isRoot()
        ? new String[] {Tool.require("setpriv"), "--bounding-set=-dac_override,-dac_read_search"}
        : new String[0];
  }

  /** Whether this process may have mounts of its own that nobody else sees. */
  public static boolean mayMount() {
    return isRoot() && Tool.run("unshare", "-m", "true").exit() == 0;
  }

  /** Runs a shell's words in mounts of its own and then becomes the program that follows. */
  public static String[] inOwnMounts(String mounting) {
    return List.of("unshare", "-m", "sh", "-c", mounting + " && exec \"$@\"", "sh")
        .toArray(String[]::new);
  }

  /** Runs a program where a node's own mounts are seen. */
  public static Tool.Result inMountsOf(Node node, String... command) {
    List<String> words = new java.util.ArrayList<>();
    words.addAll(List.of("nsenter", "-t", Long.toString(node.pid()), "-m"));
    words.addAll(List.of(command));
    return Tool.run(words.toArray(String[]::new));
  }
}
