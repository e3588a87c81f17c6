package org.p2pd.spp.server;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;

/**
 * Bounds the answers that lie on the heap for as long as their askers take to read them: in all,
 * and for each session, so that one slow child does not keep the news from the others. Thread-safe.
 */
final class LargeAnswers {

  private final Semaphore bytes = new Semaphore(SppLimits.MAX_LARGE_ANSWERS_BYTES);

  /**
   * Counts an answer, and its request as open, until the transport is done with it. What is not
   * large ends its request at once; what is too much is refused.
   */
  Answer admit(Answer.Control answer, ServerSession by) {
    int length = answer.body().length;
    if (length <= SppLimits.MAX_JSON_BYTES) {
      by.requestEnded();
      return answer;
    }
    if (!by.largeAnswerBegins()) {
      by.requestEnded();
      return Answers.error(SppError.BUSY, "this session's earlier answers have not been read yet");
    }
    if (!bytes.tryAcquire(length)) {
      by.largeAnswerEnded();
      by.requestEnded();
      return Answers.error(SppError.BUSY, "too many large answers have not been read yet");
    }
    AtomicBoolean ended = new AtomicBoolean();
    return new Answer.Control(
        answer.status(),
        answer.headers(),
        answer.body(),
        () -> {
          if (ended.compareAndSet(false, true)) {
            bytes.release(length);
            by.largeAnswerEnded();
            by.requestEnded();
          }
        });
  }
}
