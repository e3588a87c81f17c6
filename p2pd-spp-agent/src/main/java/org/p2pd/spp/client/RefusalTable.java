package org.p2pd.spp.client;

import java.time.Duration;
import java.util.Optional;
import org.p2pd.model.NodeId;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Referral;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;

/** What answers other than a 206 mean for those who asked for blocks (docs/spp.md section 4). */
final class RefusalTable {

  /** When a node is asked again that did not say when. */
  static final Duration LATER = Duration.ofSeconds(1);

  private static final long MAX_RETRY_SECONDS = 60;

  private RefusalTable() {}

  /**
   * How a question ended.
   *
   * @param asked the node that the session is with
   */
  static BlockEnd endOf(BlockQuestion question, NodeId asked, Reply reply) {
    if (reply instanceof Reply.Failed failed) {
      return switch (failed.trouble()) {
        case NOT_NOW -> new BlockEnd.Busy(LATER);
        case UNREACHABLE, NOT_DIRECT, NOT_A_NODE, CLOSED -> new BlockEnd.Lost(failed.detail());
        case WRONG_SECRET, NO_SECRET, ONESELF -> new BlockEnd.Refused(failed.detail());
      };
    }
    Reply.Answer answer = (Reply.Answer) reply;
    return switch (answer.status()) {
      case 307 -> referred(question, asked, answer);
      case 404, 410 -> new BlockEnd.NotHeld();
      case 429 -> new BlockEnd.Busy(retryAfter(answer));
      case 503 -> unavailable(answer);
      default ->
          new BlockEnd.Refused(
              "it answers "
                  + answer.status()
                  + answer.error().map(SppError::code).map(code -> " " + code).orElse(""));
    };
  }

  /** Whether the node has too much to do, or has these blocks not yet. */
  private static BlockEnd unavailable(Reply.Answer answer) {
    SppError error = answer.error().orElse(SppError.BUSY);
    return error == SppError.NOT_READY || error == SppError.NOT_SYNCED
        ? new BlockEnd.Later(retryAfter(answer))
        : new BlockEnd.Busy(retryAfter(answer));
  }

  /** A referral leads a child on, not in a circle; anything else is not understood. */
  private static BlockEnd referred(BlockQuestion question, NodeId asked, Reply.Answer answer) {
    try {
      Referral referral =
          Referral.parse(
              answer.headers().require(SppHeaders.REFERRED_TO),
              answer.headers().require(SppHeaders.LOCATION),
              question.edition().id());
      if (question.relation() != BlockQuestion.Relation.CHILD) {
        throw new MalformedException("referred without being a child");
      }
      if (referral.to().equals(asked)
          || question.path().contains(referral.to())
          || question.excluded().contains(referral.to())) {
        throw new MalformedException("referred to " + referral.to() + ", in a circle");
      }
      return new BlockEnd.Referred(referral);
    } catch (MalformedException e) {
      return new BlockEnd.Lost("not understood: " + e.getMessage());
    }
  }

  private static Duration retryAfter(Reply.Answer answer) {
    return Optional.ofNullable(answer.headers().get(SppHeaders.RETRY_AFTER))
        .map(RefusalTable::seconds)
        .orElse(LATER);
  }

  private static Duration seconds(String text) {
    try {
      return Duration.ofSeconds(SppHeaders.parseNumber(text, MAX_RETRY_SECONDS));
    } catch (MalformedException e) {
      return LATER; // a date, or too long: asked again when this node likes
    }
  }
}
