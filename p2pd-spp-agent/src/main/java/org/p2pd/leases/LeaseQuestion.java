package org.p2pd.leases;

import java.util.OptionalLong;
import java.util.Set;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * What a child asks its parent for.
 *
 * @param span what the parent could send
 * @param excluded whom the child does not want to be referred to
 * @param rateBytesPerSecond what the child says that it lately received from the parent, if it does
 */
public record LeaseQuestion(
    Edition edition,
    Span span,
    NodeId asker,
    Urgency urgency,
    Set<NodeId> excluded,
    OptionalLong rateBytesPerSecond) {

  public LeaseQuestion {
    excluded = Set.copyOf(excluded);
  }
}
