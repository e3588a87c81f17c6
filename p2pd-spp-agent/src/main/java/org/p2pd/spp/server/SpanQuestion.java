package org.p2pd.spp.server;

import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * A question for blocks that makes sense: about a known edition, a span of it, in no loop.
 *
 * @param span what is asked for, or may be sent
 * @param head whether only the proof is wanted
 * @param grant what an arbiter let a child have; null if none was asked
 */
record SpanQuestion(
    Edition edition,
    Span span,
    SpanRequest request,
    boolean head,
    ServerSession by,
    @Nullable Grant grant) {

  boolean isAtPlayHead() {
    return request.urgency() == Urgency.PLAY_HEAD;
  }

  SpanRequest.Relation relation() {
    return request.relation();
  }

  NodeId asker() {
    return by.peer().id();
  }

  SpanQuestion granted(Grant granted) {
    return new SpanQuestion(edition, granted.span(), request, head, by, granted);
  }
}
