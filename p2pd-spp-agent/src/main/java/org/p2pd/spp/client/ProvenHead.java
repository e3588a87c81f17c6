package org.p2pd.spp.client;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.tree.SpanProof;

/** The head of an answer with a proof (206, or 200 to HEAD), checked to the edition's root. */
final class ProvenHead {

  /** Thirteen digits reach 2^43; fourteen 2^44, the longest edition. */
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (0|[1-9][0-9]{0,13})-(0|[1-9][0-9]{0,13})/(0|[1-9][0-9]{0,13})");

  private final SpanProof proof;
  private final ByteRange range;
  private final byte @Nullable [] leaves;
  private final Optional<Duration> lease;

  private ProvenHead(
      SpanProof proof, ByteRange range, byte @Nullable [] leaves, Optional<Duration> lease) {
    this.proof = proof;
    this.range = range;
    this.leaves = leaves;
    this.lease = lease;
  }

  /**
   * Reads a head whose MAC is right.
   *
   * @throws MalformedException if it does not answer the question
   * @throws MismatchException if proof or leaves do not verify
   */
  static ProvenHead of(BlockQuestion question, CoveredHeaders headers)
      throws MalformedException, MismatchException {
    Edition edition = question.edition();
    if (!headers.require(SppHeaders.ETAG).equals(edition.id().entityTag())) {
      throw new MalformedException("an answer about another edition");
    }
    ByteRange range = range(question, headers.require(SppHeaders.CONTENT_RANGE));
    Span span = answered(question, range);
    byte[] hashes =
        SppHeaders.parseHashes(headers.require(SppHeaders.PROOF), SppLimits.MAX_PROOF_BYTES);
    SpanProof proof =
        SpanProof.verify(edition, span, hashes)
            .orElseThrow(
                () -> new MismatchException("the proof of " + span + " does not lead to the root"));
    return new ProvenHead(proof, range, leaves(question, proof, headers), lease(question, headers));
  }

  private static ByteRange range(BlockQuestion question, String contentRange)
      throws MalformedException {
    Matcher form = CONTENT_RANGE.matcher(contentRange);
    if (!form.matches()
        || Long.parseLong(form.group(3)) != question.edition().lengthBytes()
        || Long.parseLong(form.group(2)) < Long.parseLong(form.group(1))) {
      throw new MalformedException("Content-Range " + contentRange);
    }
    return new ByteRange(Long.parseLong(form.group(1)), Long.parseLong(form.group(2)));
  }

  /** The span that is sent: the question's, or the blocks of it that come first. */
  private static Span answered(BlockQuestion question, ByteRange range) throws MalformedException {
    Span asked = question.span();
    long length = question.edition().lengthBytes();
    ByteRange askedBytes = asked.bytes(length);
    if (range.first() != askedBytes.first() || range.last() > askedBytes.last()) {
      throw new MalformedException("bytes " + range + " for the question " + askedBytes);
    }
    BlockSize size = asked.blockSize();
    int blocks = size.blockAt(range.last()) - asked.firstBlock() + 1;
    Span answered = new Span(size, asked.firstBlock(), blocks);
    if (!answered.bytes(length).equals(range)) {
      throw new MalformedException("bytes " + range + " are no whole blocks");
    }
    return answered;
  }

  private static byte @Nullable [] leaves(
      BlockQuestion question, SpanProof proof, CoveredHeaders headers)
      throws MalformedException, MismatchException {
    if (question.urgency() != Urgency.PLAY_HEAD) {
      return null;
    }
    byte[] leaves =
        SppHeaders.parseHashes(headers.require(SppHeaders.LEAVES), SppLimits.MAX_LEAVES_BYTES);
    int block = proof.span().firstBlock();
    int length = proof.span().blockSize().lengthOf(block, question.edition().lengthBytes());
    if (!SpanProof.leavesMatch(question.edition(), proof.blockHash(block), length, leaves)) {
      throw new MismatchException("the leaf hashes of block " + block + " do not make its hash");
    }
    return leaves;
  }

  /** Of use to a child alone. */
  private static Optional<Duration> lease(BlockQuestion question, CoveredHeaders headers)
      throws MalformedException {
    String seconds = headers.get(SppHeaders.LEASE);
    if (seconds == null || question.relation() != BlockQuestion.Relation.CHILD) {
      return Optional.empty();
    }
    return Optional.of(
        Duration.ofSeconds(SppHeaders.parseNumber(seconds, 1, SppLimits.MAX_LEASE_SECONDS)));
  }

  SpanProof proof() {
    return proof;
  }

  /** For how long this node is counted on to pass on what comes, if it is. */
  Optional<Duration> lease() {
    return lease;
  }

  /** The bytes that come. */
  ByteRange range() {
    return range;
  }

  /** The first block's leaf hashes, if the question was for a play head. */
  byte @Nullable [] leaves() {
    return leaves;
  }
}
