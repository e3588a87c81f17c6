package org.p2pd.spp.server;

import java.util.List;
import java.util.Optional;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;

/** {@code GET members} (docs/spp.md section 6.1). Thread-safe. */
final class MembersResource {

  private final NodeParts parts;

  MembersResource(NodeParts parts) {
    this.parts = parts;
  }

  Answer answer(Request request) throws MalformedException {
    return switch (Query.parse(request.query()).require("as")) {
      case "child" ->
          parts.self().share()
              ? told(parts.supply().groups().ofChildren(request.local()), SppError.UNKNOWN_RESOURCE)
              : Answers.error(SppError.NOT_SHARED);
      case "sibling" -> told(parts.supply().groups().own(), SppError.NO_GROUP);
      default -> throw new MalformedException("one asks as a child or as a sibling");
    };
  }

  private static Answer told(Optional<GroupMembers> group, SppError otherwise) {
    return group
        .<Answer>map(members -> Answers.json(shortened(members)))
        .orElseGet(() -> Answers.error(otherwise));
  }

  /** As many members as fit an answer: paths may be long. */
  private static JsonBody shortened(GroupMembers group) {
    List<GroupMembers.Entry> members = group.members();
    JsonBody body = group.toJson();
    while (body.toBytes().length > SppLimits.MAX_JSON_BYTES) {
      members = members.subList(0, members.size() / 2);
      body = new GroupMembers(group.group(), group.parents(), members).toJson();
    }
    return body;
  }
}
