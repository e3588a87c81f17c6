package org.p2pd.leases;

import java.util.function.ToLongFunction;
import org.p2pd.content.Urgency;
import org.p2pd.model.Span;

/**
 * How a parent decides one question, from what the region looks like to the asker and how much may
 * still be sent to it although another child is receiving it. Pure.
 */
final class Rules {

  private final LeaseQuestion question;
  private final RegionView view;
  private final ToLongFunction<Ruling.Copy> secondBytesLeft;

  Rules(LeaseQuestion question, RegionView view, ToLongFunction<Ruling.Copy> secondBytesLeft) {
    this.question = question;
    this.view = view;
    this.secondBytesLeft = secondBytesLeft;
  }

  Ruling rule(long nowNanos) {
    Standing standing = view.standing(leaves(first(1)));
    return switch (standing) {
      case FREE -> new Ruling.Send(run(standing), Ruling.Copy.FIRST);
      case ELSEWHERE ->
          hasWaitedInVain()
              ? new Ruling.Send(first(1), Ruling.Copy.EXEMPT)
              : new Ruling.Refer(view.best(leaves(first(1))).orElseThrow());
      case SLOW -> again(run(standing), Ruling.Copy.SLOW, nowNanos);
      case WITHHELD -> again(run(standing), Ruling.Copy.WITHHELD, nowNanos);
    };
  }

  /**
   * A viewer waits, and one that should have the block did not bring it: it waits for no second.
   */
  private boolean hasWaitedInVain() {
    return question.urgency() == Urgency.PLAY_HEAD && view.isDoubted(leaves(first(1)));
  }

  private Ruling again(Span run, Ruling.Copy copy, long nowNanos) {
    long most = secondBytesLeft.applyAsLong(copy);
    int blocks = run.blockCount();
    while (blocks > 0 && lengthBytes(first(blocks)) > most) {
      blocks--;
    }
    if (blocks > 0) {
      return new Ruling.Send(first(blocks), copy);
    }
    if (question.urgency() == Urgency.PLAY_HEAD) {
      return new Ruling.Send(first(1), Ruling.Copy.EXEMPT);
    }
    long leaves = leaves(first(1));
    return view.best(leaves)
        .<Ruling>map(Ruling.Refer::new)
        .orElseGet(() -> new Ruling.PutOff(view.firstDeadlineNanos(leaves, nowNanos)));
  }

  /** The blocks that come first and stand like the first one. */
  private Span run(Standing standing) {
    Span span = question.span();
    int count = 1;
    while (count < span.blockCount()
        && view.standing(leaves(new Span(span.blockSize(), span.firstBlock() + count, 1)))
            == standing) {
      count++;
    }
    return first(count);
  }

  private Span first(int blocks) {
    return new Span(question.span().blockSize(), question.span().firstBlock(), blocks);
  }

  private long leaves(Span span) {
    return Leaves.of(span, question.edition().lengthBytes());
  }

  private long lengthBytes(Span span) {
    return span.bytes(question.edition().lengthBytes()).lengthBytes();
  }
}
