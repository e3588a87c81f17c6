package org.p2pd.e2e.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server and caches below it that share what they hold. */
public final class Group {

  private final Lab lab;
  private final String name;
  private final Path media;
  private final Node server;
  private final List<Node> caches = new ArrayList<>();
  private int named;

  private Group(Lab lab, String name, Path media, Node server) {
    this.lab = lab;
    this.name = name;
    this.media = media;
    this.server = server;
  }

  /** A server with so many caches, all of which see each other. */
  public static Group of(Lab lab, String name, int caches) {
    Path media = lab.directory(name + "-media");
    Group group = new Group(lab, name, media, lab.server(name + "-server", media).start());
    for (int i = 0; i < caches; i++) {
      Node cache = group.newCache().prepare();
      cache.begin();
      group.caches.add(cache);
    }
    group.caches.forEach(Node::awaitServing);
    group.awaitWhole(group.caches);
    return group;
  }

  /**
   * One more, which is not started yet. Small, and without Java's second compiler: the start of
   * many at once would measure that.
   */
  public NodeSetup newCache() {
    return lab.cache(name + "-cache" + ++named, server).jvm("-Xmx160m", "-XX:TieredStopAtLevel=1");
  }

  /** Starts one more; it counts as one of the group's. */
  public Node add(NodeSetup setup) {
    Node cache = setup.start();
    caches.add(cache);
    return cache;
  }

  /** One that was started otherwise counts as one of the group's too. */
  public void joins(Node cache) {
    caches.add(cache);
  }

  /** Waits until these have each other in view, with the server, and nobody else. */
  public void awaitWhole(List<Node> members) {
    for (Node member : members) {
      Waiting.until(
          member + " sees the " + (members.size() - 1) + " others",
          () -> {
            NodeStatus status = member.status();
            return status.siblings() == members.size() - 1 && status.seesParent();
          });
    }
  }

  /** A published file of which every cache knows. */
  public Path publish(String file, long lengthBytes) {
    Path path = Media.random(media.resolve(file), lengthBytes, file.hashCode());
    server.awaitTitle("/" + file);
    caches.stream().filter(Node::isRunning).forEach(cache -> cache.awaitTitle("/" + file));
    return path;
  }

  public Path media() {
    return media;
  }

  public Node server() {
    return server;
  }

  public Node cache(int index) {
    return caches.get(index);
  }

  public List<Node> caches() {
    return List.copyOf(caches);
  }
}
