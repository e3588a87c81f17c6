package org.p2pd.spp.server;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

/**
 * The headers of a question for blocks (docs/spp.md section 4).
 *
 * @param range as asked; whether it is a span depends on the edition, see {@link #spanIn}
 * @param child whether the asker has this node as its parent
 * @param path the nodes on whose behalf it is asked, the asker last
 */
record SpanRequest(
    ByteRange range, BlockSize blockSize, Urgency urgency, boolean child, List<NodeId> path) {

  /** Positions of up to 14 digits; the longest edition has 2^44 bytes. */
  private static final Pattern RANGE =
      Pattern.compile("bytes=(0|[1-9][0-9]{0,13})-(0|[1-9][0-9]{0,13})");

  private static final List<String> RELATIONS = List.of("child", "sibling", "other");

  SpanRequest {
    path = List.copyOf(path);
  }

  /**
   * Reads the headers; nothing if the range is no range of the form that a span has.
   *
   * @throws MalformedException if a header is missing or not of its form
   */
  static Optional<SpanRequest> parse(CoveredHeaders headers) throws MalformedException {
    String relation = headers.require(SppHeaders.RELATION);
    if (!RELATIONS.contains(relation)) {
      throw new MalformedException("relation " + relation);
    }
    String exclude = headers.get(SppHeaders.EXCLUDE);
    if (exclude != null) {
      SppHeaders.parseIds(exclude); // of use when there are others to refer to
    }
    BlockSize blockSize = blockSize(headers.require(SppHeaders.BLOCK));
    Urgency urgency = urgency(headers.require(SppHeaders.URGENCY));
    List<NodeId> path = SppHeaders.parseIds(headers.require(SppHeaders.PATH));
    return range(headers.require(SppHeaders.RANGE))
        .map(r -> new SpanRequest(r, blockSize, urgency, relation.equals("child"), path));
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
