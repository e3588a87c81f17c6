package org.p2pd.cluster.jgroups;

import com.google.common.base.Splitter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;
import org.p2pd.spp.Secret;

/**
 * A member as a process of its own. Arguments: the file of its key, its host, its cluster port, the
 * secret, the group, and seeds as HOST PORT. It writes {@code view ID ID …} for each view, and
 * answers lines on its standard input: {@code sockets} by {@code sockets …}, what it has open;
 * {@code leave}, or the end, ends it.
 */
final class MemberMain {

  private static final Splitter FIELDS = Splitter.on(' ').omitEmptyStrings();

  private MemberMain() {}

  public static void main(String[] arguments) throws Exception {
    NodeKey key = NodeKey.loadOrCreate(Path.of(arguments[0]));
    String host = arguments[1];
    int clusterPort = Integer.parseInt(arguments[2]);
    Secret secret = Secret.parse(arguments[3]);
    NodeId group = NodeId.parse(arguments[4]).orElseThrow();
    List<Seed> seeds = new ArrayList<>();
    for (int i = 5; i < arguments.length; i += 2) {
      seeds.add(new Seed(arguments[i], Integer.parseInt(arguments[i + 1])));
    }
    Member self = new Member(key.id(), Role.CACHE, new NodeAddress(host, 8_080, ""), clusterPort);
    try (ClusterPort port =
            ClusterPort.open(new InetSocketAddress(host, clusterPort), List.of(secret));
        JGroupsMembership unused =
            JGroupsMembership.join(
                self, key, group, seeds, port, MemberMain::say, new Random(clusterPort))) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); "sockets".equals(line); line = in.readLine()) {
        System.out.println("sockets " + String.join(" ", openSockets()));
      }
    }
  }

  private static void say(GroupView view) {
    System.out.println(
        "view "
            + view.others().stream()
                .map(other -> other.id().toString())
                .sorted()
                .collect(Collectors.joining(" ")));
  }

  /**
   * What the system says: {@code tcp-listening:PORT}, {@code udp:PORT}; connections are left out.
   */
  private static List<String> openSockets() throws IOException {
    Set<String> inodes;
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      inodes = open.map(MemberMain::target).collect(Collectors.toSet());
    }
    List<String> sockets = new ArrayList<>();
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/self/net/" + table))) {
        List<String> fields = FIELDS.splitToList(line);
        if (!inodes.contains("socket:[" + fields.get(9) + "]")) {
          continue;
        }
        int port = Integer.parseInt(fields.get(1).substring(fields.get(1).indexOf(':') + 1), 16);
        if (table.startsWith("udp")) {
          sockets.add("udp:" + port);
        } else if (fields.get(3).equals("0A")) {
          sockets.add("tcp-listening:" + port);
        }
      }
    }
    return sockets;
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }
}
