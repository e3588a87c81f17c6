package org.p2pd.spp.server;

import java.util.Optional;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppError;
import org.p2pd.spp.server.SppService.Answer;

/** {@code POST leases/…} (docs/spp.md section 4.1). Thread-safe. */
final class LeasesResource {

  private final NodeParts parts;

  LeasesResource(NodeParts parts) {
    this.parts = parts;
  }

  /**
   * Answers.
   *
   * @param id what follows {@code /leases/}
   */
  Answer answer(String id, byte[] body, NodeId by) throws MalformedException {
    Optional<Arbiter> arbiter = parts.supply().arbiter();
    if (arbiter.isEmpty()) {
      return Answers.error(SppError.UNKNOWN_RESOURCE);
    }
    EditionId edition =
        EditionId.parse(id).orElseThrow(() -> new MalformedException("not an edition's id"));
    LeaseNotice notice = LeaseNotice.parse(JsonBody.parse(body));
    Editions.Found found = parts.supply().editions().find(edition);
    if (!(found instanceof Editions.Found.Known known)) {
      return Answers.error(found.refusal());
    }
    arbiter.get().noticed(by, known.edition(), notice);
    return Answers.noContent();
  }
}
