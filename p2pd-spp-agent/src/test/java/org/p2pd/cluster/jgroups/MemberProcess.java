package org.p2pd.cluster.jgroups;

import static java.util.stream.Collectors.toSet;
import static org.awaitility.Awaitility.await;
import static org.p2pd.cluster.jgroups.ClusterLab.LONG_ENOUGH;

import com.google.common.base.Splitter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.p2pd.cluster.Loopback;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.jgroups.ClusterLab.LabNode;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Secret;

/** A {@link MemberMain} that can be killed, and stopped for a while. */
final class MemberProcess implements AutoCloseable {

  final NodeId id;
  private final Process process;
  private final Thread reader;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private MemberProcess(NodeId id, Process process) {
    this.id = id;
    this.process = process;
    this.reader = new Thread(this::read, "member-" + process.pid());
    reader.start();
  }

  static MemberProcess start(Secret secret, NodeId group, Seed... seeds) throws IOException {
    Path keyFile = Files.createTempDirectory("p2pd-member").resolve("key");
    keyFile.getParent().toFile().deleteOnExit();
    keyFile.toFile().deleteOnExit(); // before its directory
    NodeId id = NodeKey.loadOrCreate(keyFile).id();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx96m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(MemberMain.class.getName());
    command.addAll(List.of(keyFile.toString(), Loopback.next()));
    command.add(Integer.toString(ClusterLab.CLUSTER_PORT));
    command.addAll(List.of(secret.toText(), group.toString()));
    for (Seed seed : seeds) {
      command.addAll(List.of(seed.host(), Integer.toString(seed.port())));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new MemberProcess(id, process);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("its output broke: " + e);
    }
  }

  /** All but the first. */
  private static Set<String> words(String line) {
    List<String> words = Splitter.on(' ').omitEmptyStrings().splitToList(line);
    return Set.copyOf(words.subList(1, words.size()));
  }

  private List<String> lines(String kind) {
    return lines.stream().filter(line -> line.startsWith(kind + " ")).toList();
  }

  void awaitSees(LabNode... others) {
    Set<String> ids = List.of(others).stream().map(other -> other.id().toString()).collect(toSet());
    await("process " + process.pid() + " sees " + List.of(others))
        .atMost(LONG_ENOUGH)
        .until(
            () -> {
              List<String> views = lines("view");
              return !views.isEmpty() && words(views.get(views.size() - 1)).equals(ids);
            });
  }

  /** What it has open, as {@link MemberMain} says it. */
  Set<String> sockets() throws IOException {
    int before = lines("sockets").size();
    say("sockets");
    await().atMost(LONG_ENOUGH).until(() -> lines("sockets").size() > before);
    return words(lines("sockets").get(before));
  }

  private void say(String line) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    in.flush();
  }

  /** It hangs: nothing of it runs, but its connections stay. */
  void stop() throws IOException, InterruptedException {
    signal("STOP");
  }

  void goOn() throws IOException, InterruptedException {
    signal("CONT");
  }

  void kill() throws IOException, InterruptedException {
    signal("KILL");
  }

  private void signal(String name) throws IOException, InterruptedException {
    Process kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill -" + name + " failed");
    }
  }

  /** It leaves and ends. */
  int leave() throws IOException, InterruptedException {
    say("leave");
    if (!process.waitFor(LONG_ENOUGH.toSeconds(), TimeUnit.SECONDS)) {
      throw new IOException("process " + process.pid() + " does not end");
    }
    return process.exitValue();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
    reader.join();
  }
}
