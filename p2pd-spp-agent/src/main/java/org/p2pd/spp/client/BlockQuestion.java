package org.p2pd.spp.client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;

/**
 * One question for blocks or for their proof (docs/spp.md section 4).
 *
 * @param relation what this node is to the asked one
 * @param path the nodes on whose behalf it is asked, this one last
 * @param excluded whom this node does not want to be referred to; at most 16
 * @param rateBytesPerSecond what it lately received from the asked node, if that is known
 */
public record BlockQuestion(
    Edition edition,
    Span span,
    Urgency urgency,
    Relation relation,
    List<NodeId> path,
    List<NodeId> excluded,
    OptionalLong rateBytesPerSecond) {

  /** What the asker is to the asked. */
  public enum Relation {
    CHILD,
    SIBLING,
    OTHER;

    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public BlockQuestion {
    path = List.copyOf(path);
    excluded = List.copyOf(excluded);
    if (path.size() > SppLimits.MAX_IDS || excluded.size() > SppLimits.MAX_IDS) {
      throw new IllegalArgumentException("for " + path + ", excluding " + excluded);
    }
  }

  /** One that would be referred to anybody, of a node that says nothing of its rate. */
  public BlockQuestion(
      Edition edition, Span span, Urgency urgency, Relation relation, List<NodeId> path) {
    this(edition, span, urgency, relation, path, List.of(), OptionalLong.empty());
  }

  /** What follows {@code /.spp/v1}. */
  String resource() {
    return "/editions/" + edition.id();
  }

  String target() {
    return NodeAddress.SPP + resource();
  }

  Map<String, String> headers() {
    ByteRange bytes = span.bytes(edition.lengthBytes());
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SppHeaders.RANGE, "bytes=" + bytes.first() + "-" + bytes.last());
    headers.put(SppHeaders.BLOCK, Integer.toString(span.blockSize().bytes()));
    headers.put(SppHeaders.URGENCY, urgency.wireName());
    headers.put(SppHeaders.RELATION, relation.wireName());
    headers.put(SppHeaders.PATH, SppHeaders.ids(path));
    if (!excluded.isEmpty()) {
      headers.put(SppHeaders.EXCLUDE, SppHeaders.ids(excluded));
    }
    if (rateBytesPerSecond.orElse(0) > 0) {
      long rate = Math.min(rateBytesPerSecond.getAsLong(), SppLimits.MAX_RATE);
      headers.put(SppHeaders.RATE, Long.toString(rate));
    }
    return headers;
  }
}
