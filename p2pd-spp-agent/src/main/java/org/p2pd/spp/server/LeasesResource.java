package org.p2pd.spp.server;

import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.server.SppService.Answer;

/** {@code POST leases/…} (docs/spp.md section 4.1). Thread-safe. */
final class LeasesResource {

  private final NodeParts parts;
  private final Arbiter arbiter;

  LeasesResource(NodeParts parts, Arbiter arbiter) {
    this.parts = parts;
    this.arbiter = arbiter;
  }

  /**
   * Answers.
   *
   * @param id what follows {@code /leases/}
   */
  Answer answer(String id, byte[] body, NodeId by) throws MalformedException {
    EditionId edition =
        EditionId.parse(id).orElseThrow(() -> new MalformedException("not an edition's id"));
    LeaseNotice notice = LeaseNotice.parse(JsonBody.parse(body));
    Editions.Found found = parts.supply().editions().find(edition);
    if (!(found instanceof Editions.Found.Known known)) {
      return Answers.error(found.refusal());
    }
    arbiter.noticed(by, known.edition(), notice);
    return Answers.noContent();
  }
}
