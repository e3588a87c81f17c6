package org.p2pd.spp.server;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.p2pd.leases.LeaseDecision;
import org.p2pd.leases.LeaseQuestion;
import org.p2pd.leases.LeaseTable;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Referral;

/** Arbitrates by a {@link LeaseTable}, for which it is the one owner and lock. */
public final class LeaseArbiter implements Arbiter {

  @GuardedBy("this")
  private final LeaseTable table = new LeaseTable();

  private final Function<NodeId, Optional<NodeAddress>> alive;
  private final Ticker ticker;

  /**
   * An arbiter that remembers nothing yet.
   *
   * @param alive where a member of the children's group answers, if it is alive and that is known;
   *     must not wait
   */
  public LeaseArbiter(Function<NodeId, Optional<NodeAddress>> alive, Ticker ticker) {
    this.alive = alive;
    this.ticker = ticker;
  }

  @Override
  public synchronized Decision decide(LeaseQuestion question) {
    Map<NodeId, NodeAddress> addresses = new HashMap<>();
    LeaseDecision decision =
        table.decide(
            question,
            id -> {
              Optional<NodeAddress> address = alive.apply(id).filter(Referral::canName);
              address.ifPresent(known -> addresses.put(id, known));
              return address.isPresent();
            },
            ticker.read());
    if (decision instanceof LeaseDecision.Serve serve) {
      return new Decision.Serve(serve.span(), serve.lease());
    }
    if (decision instanceof LeaseDecision.Refer refer) {
      // Whoever is referred to was asked about a moment ago, and was alive.
      NodeAddress at = Objects.requireNonNull(addresses.get(refer.to()));
      return new Decision.Refer(new Referral(refer.to(), at));
    }
    return new Decision.Later(((LeaseDecision.Later) decision).retryAfter());
  }

  @Override
  public synchronized void unsent(Edition edition, Span span, NodeId asker) {
    table.withdrawn(edition, span, asker);
  }

  @Override
  public synchronized void moved(Edition edition, Span span, NodeId asker) {
    table.moved(edition, span, asker, ticker.read());
  }

  @Override
  public synchronized void noticed(NodeId by, Edition edition, LeaseNotice notice) {
    table.noticed(by, edition, notice.held(), notice.gone(), ticker.read());
  }

  @Override
  public synchronized void gone(EditionId edition) {
    table.forget(edition);
  }

  /** A member left the group: it is referred to no more, and what it had counts as gone. */
  public synchronized void left(NodeId member) {
    table.left(member);
  }

  public synchronized LeaseTable.Stats stats() {
    return table.stats();
  }
}
