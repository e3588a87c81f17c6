package org.p2pd.spp.server;

import java.time.Duration;
import java.util.Optional;
import org.p2pd.leases.LeaseQuestion;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.Referral;

/**
 * Decides which children a parent sends blocks itself, and which it refers to others of them
 * (docs/spp.md section 4.1). Thread-safe; never waits.
 */
public interface Arbiter {

  /** What is to be done about a question. */
  sealed interface Decision {

    /**
     * Send these blocks: the question's, or those of it that come first.
     *
     * @param lease how long the child is counted on to pass them on; nothing if it is not
     */
    record Serve(Span span, Optional<Duration> lease) implements Decision {}

    record Refer(Referral referral) implements Decision {}

    /** Nothing can be sent now. */
    record Later(Duration retryAfter) implements Decision {}
  }

  Decision decide(LeaseQuestion question);

  /** Blocks that were to be served to that child were not sent after all. */
  void unsent(Edition edition, Span span, NodeId asker);

  /** The answer with these blocks to that child goes on: it takes what it is sent. */
  void moved(Edition edition, Span span, NodeId asker);

  /** A child tells what became of what it was sent. */
  void noticed(NodeId by, Edition edition, LeaseNotice notice);

  /** No title names the edition any more. */
  void gone(EditionId edition);
}
