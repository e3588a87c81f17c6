package org.p2pd.spp;

import java.util.ArrayList;
import java.util.List;
import org.p2pd.model.NodeId;

/**
 * A group as one of its members tells of it (docs/spp.md section 6.1).
 *
 * @param group the node id of the first parent that its members have in common
 * @param parents where members know that parent, such as {@code 10.0.0.1:8080}; at most 16
 * @param members at most 256; an entry is believed only after a session with it
 */
public record GroupMembers(NodeId group, List<String> parents, List<Entry> members) {

  private static final int MAX_PARENT_CHARS = 300;
  private static final int ID_CHARS = 43;
  private static final int MAX_PORT = 65_535;

  /**
   * One member.
   *
   * @param clusterPort 1 to 65535; 0 if the node does not take part in finding out who is alive
   */
  public record Entry(NodeId id, NodeFacts.Role role, NodeAddress address, int clusterPort) {

    private static Entry parse(JsonBody body) throws MalformedException {
      String host = body.text("host", SppLimits.MAX_HOST_CHARS);
      String path = body.text("path", SppLimits.MAX_PATH_CHARS);
      if (!NodeAddress.isHost(host) || !NodeAddress.isContextPath(path)) {
        throw new MalformedException("a member's host or path is none");
      }
      return new Entry(
          NodeId.parse(body.text("id", ID_CHARS))
              .orElseThrow(() -> new MalformedException("a member's id is none")),
          NodeFacts.Role.parse(body.text("role", 20)),
          new NodeAddress(host, (int) body.number("port", 1, MAX_PORT), path),
          (int) body.number("clusterPort", 0, MAX_PORT));
    }

    private JsonBody toJson() {
      return JsonBody.empty()
          .with("id", id.toString())
          .with("role", role.wireName())
          .with("host", address.host())
          .with("port", address.port())
          .with("path", address.contextPath())
          .with("clusterPort", clusterPort);
    }
  }

  public GroupMembers {
    parents = List.copyOf(parents);
    members = List.copyOf(members);
    if (parents.size() > SppLimits.MAX_PARENTS || members.size() > SppLimits.MAX_MEMBERS) {
      throw new IllegalArgumentException(
          parents.size() + " parents and " + members.size() + " members");
    }
  }

  public static GroupMembers parse(JsonBody body) throws MalformedException {
    List<Entry> members = new ArrayList<>();
    for (JsonBody member : body.objects("members", SppLimits.MAX_MEMBERS)) {
      members.add(Entry.parse(member));
    }
    return new GroupMembers(
        NodeId.parse(body.text("group", ID_CHARS))
            .orElseThrow(() -> new MalformedException("the group is no node's id")),
        body.texts("parents", SppLimits.MAX_PARENTS, MAX_PARENT_CHARS),
        members);
  }

  public JsonBody toJson() {
    return JsonBody.empty()
        .with("group", group.toString())
        .withTexts("parents", parents)
        .withObjects("members", members.stream().map(Entry::toJson).toList());
  }
}
