package org.p2pd.fetch;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.Referral;
import org.p2pd.tree.SpanProof;

/**
 * One machine that can deliver blocks: the parent, a stand-in, a sibling, a mirror.
 *
 * <p>Thread-safe and non-blocking. A source checks every proof to the root and every block to its
 * hash before it reports them.
 */
public interface BlockSource {

  /** The node behind it, once that is known. */
  default Optional<NodeId> node() {
    return Optional.empty();
  }

  /** What a source is to this node. */
  enum Relation {
    PARENT,
    STAND_IN,
    SIBLING,
    MIRROR
  }

  /** Stable while the source is known: for logs, metrics and the choice among sources. */
  String name();

  Relation relation();

  /** Whether it is worth asking now: connected, not shunned. */
  boolean usable();

  /**
   * The end (exclusive) of the bytes from a position on that it says it has, or can get; {@code
   * position} itself if it does not say so. Cheap, and a hint only.
   */
  default long offersUntil(Edition edition, long position) {
    return edition.lengthBytes();
  }

  /**
   * Whether it may have that byte although it does not say so. It is asked only when nobody says
   * that he has it, or only who failed lately.
   */
  default boolean mayHave(Edition edition, long position) {
    return false;
  }

  /** Asks for a span; everything further is told to the receiver, from the source's threads. */
  Transfer fetch(SpanQuery query, SpanReceiver receiver);

  /**
   * One question.
   *
   * @param urgency a play-head question also brings its first block's leaf hashes
   * @param excluded to whom this node does not want to be referred; at most 16
   * @param rateBytesPerSecond what it lately received from the source, if that is known
   */
  record SpanQuery(
      Edition edition,
      Span span,
      Urgency urgency,
      List<NodeId> excluded,
      OptionalLong rateBytesPerSecond) {

    public SpanQuery {
      excluded = List.copyOf(excluded);
    }

    /** One that may be referred to anybody, and says nothing of a rate. */
    public SpanQuery(Edition edition, Span span, Urgency urgency) {
      this(edition, span, urgency, List.of(), OptionalLong.empty());
    }
  }

  /** A question under way. */
  interface Transfer {
    /**
     * Gives up; the receiver soon hears {@link Outcome.Cancelled}, unless it has heard an end.
     * Until then its buffers stay reserved for the source.
     */
    void cancel();
  }

  /**
   * Hears the answer: proof, then for each block of the span in order: buffer, verified prefixes,
   * verified block; at last exactly one end. Calls never overlap. Must not block, and may write to
   * the local store.
   */
  interface SpanReceiver {
    /** The proof was verified to the edition's root. */
    void proof(SpanProof proof);

    /**
     * The buffer for a block's bytes, with exactly the block's length remaining. It was reserved
     * before the question was asked. The source moves its position as bytes come: that tells a slow
     * source from a silent one, which is given up.
     */
    ByteBuffer bufferFor(int block);

    /** The first {@code bytes} of the block in its buffer are verified (play-head questions). */
    void prefixVerified(int block, int bytes);

    /** The block in its buffer is complete and verified. */
    void blockVerified(int block);

    /** The end; no call follows. Blocks reported before it stay valid. */
    void ended(Outcome outcome);
  }

  /** How a question ended. */
  sealed interface Outcome {
    /** All blocks, or a shorter prefix of them, came. */
    record Delivered() implements Outcome {}

    /** It does not have them. No blame. */
    record NotHeld() implements Outcome {}

    /**
     * That node has them, or is receiving them. No blame. It is never one of those that the query
     * excluded: a source that hears of such a one ends with {@link Lost}.
     */
    record Referred(Referral referral) implements Outcome {}

    /** It has too much to do for any question now. */
    record Busy(Duration retryAfter) implements Outcome {}

    /** Not these blocks now; others perhaps. */
    record Later(Duration retryAfter) implements Outcome {}

    /** Proof or bytes did not verify. */
    record Mismatch(String detail) implements Outcome {}

    /** Refused: wrong secret, version, or not allowed. */
    record Refused(String detail) implements Outcome {}

    /** Connection lost, timed out, or not understood. */
    record Lost(String detail) implements Outcome {}

    record Cancelled() implements Outcome {}
  }
}
