package org.p2pd.spp.server;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;

/**
 * The headers of a question for blocks (docs/spp.md section 4).
 *
 * @param range as asked; whether it is a span depends on the edition, see {@link #spanIn}
 * @param path the nodes on whose behalf it is asked, the asker last
 * @param excluded whom the asker does not want to be referred to
 * @param rateBytesPerSecond what it says that it lately received from this node, if it does
 */
record SpanRequest(
    ByteRange range,
    BlockSize blockSize,
    Urgency urgency,
    Relation relation,
    List<NodeId> path,
    List<NodeId> excluded,
    OptionalLong rateBytesPerSecond) {

  /** What the asker is to this node. */
  enum Relation {
    /** It has this node as its parent. */
    CHILD,
    /** It has the same first parent. */
    SIBLING,
    OTHER;

    private final String wireName = name().toLowerCase(Locale.ROOT);
  }

  /** Positions of up to 14 digits; the longest edition has 2^44 bytes. */
  private static final Pattern RANGE =
      Pattern.compile("bytes=(0|[1-9][0-9]{0,13})-(0|[1-9][0-9]{0,13})");

  SpanRequest {
    path = List.copyOf(path);
    excluded = List.copyOf(excluded);
  }

  /**
   * Reads the headers; nothing if the range is no range of the form that a span has.
   *
   * @throws MalformedException if a header is missing or not of its form
   */
  static Optional<SpanRequest> parse(CoveredHeaders headers) throws MalformedException {
    Relation relation = relation(headers.require(SppHeaders.RELATION));
    String exclude = headers.get(SppHeaders.EXCLUDE);
    List<NodeId> excluded = exclude == null ? List.of() : SppHeaders.parseIds(exclude);
    String rate = headers.get(SppHeaders.RATE);
    OptionalLong bytesPerSecond =
        rate == null
            ? OptionalLong.empty()
            : OptionalLong.of(SppHeaders.parseNumber(rate, 1, SppLimits.MAX_RATE));
    BlockSize blockSize = blockSize(headers.require(SppHeaders.BLOCK));
    Urgency urgency = urgency(headers.require(SppHeaders.URGENCY));
    List<NodeId> path = SppHeaders.parseIds(headers.require(SppHeaders.PATH));
    return range(headers.require(SppHeaders.RANGE))
        .map(r -> new SpanRequest(r, blockSize, urgency, relation, path, excluded, bytesPerSecond));
  }

  private static Relation relation(String text) throws MalformedException {
    return Arrays.stream(Relation.values())
        .filter(relation -> relation.wireName.equals(text))
        .findFirst()
        .orElseThrow(() -> new MalformedException("relation " + text));
  }

  private static BlockSize blockSize(String text) throws MalformedException {
    long bytes = SppHeaders.parseNumber(text, BlockSize.REGION_BYTES);
    if (bytes < BlockSize.LEAF_BYTES || Long.bitCount(bytes) != 1) {
      throw new MalformedException("a block size is a power of two from 16384 to 1048576");
    }
    return new BlockSize((int) bytes);
  }

  private static Urgency urgency(String text) throws MalformedException {
    return Arrays.stream(Urgency.values())
        .filter(urgency -> urgency.wireName().equals(text))
        .findFirst()
        .orElseThrow(() -> new MalformedException("urgency " + text));
  }

  private static Optional<ByteRange> range(String text) {
    Matcher form = RANGE.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    long first = Long.parseLong(form.group(1));
    long last = Long.parseLong(form.group(2));
    return last < first ? Optional.empty() : Optional.of(new ByteRange(first, last));
  }

  /** The span that is asked for, if the range is one of an edition of that length. */
  Optional<Span> spanIn(long editionLengthBytes) {
    int size = blockSize.bytes();
    if (range.first() % size != 0
        || range.last() >= editionLengthBytes
        || range.lengthBytes() > BlockSize.REGION_BYTES
        || (range.last() + 1 != editionLengthBytes && (range.last() + 1) % size != 0)) {
      return Optional.empty();
    }
    int first = blockSize.blockAt(range.first());
    int count = blockSize.blockAt(range.last()) - first + 1;
    int perRegion = blockSize.blocksPerRegion();
    return first / perRegion == (first + count - 1) / perRegion
        ? Optional.of(new Span(blockSize, first, count))
        : Optional.empty();
  }
}
