package org.p2pd.spp.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;

/**
 * The wait for the first bytes of what is fetched: only when they are there is it sure that there
 * will be any. It ends in time, so that the asker hears of it before it gives up.
 *
 * <p>Who asks, the stream's wake-up and the time limit come on threads of their own; each touches
 * the stream with the monitor held, and none once the wait has ended.
 */
final class FirstBytes {

  private static final int LOOK_BYTES = 16 * 1024;

  /** What came of it. */
  sealed interface Found {

    /** The stream goes on after them; it is the finder's to close. */
    record Some(LookedAt bytes) implements Found {}

    /** None; the stream is closed. */
    record None(SppError why) implements Found {}
  }

  private final ContentStream stream;
  private final NodeParts.World world;
  private final CompletableFuture<Found> found = new CompletableFuture<>();

  @GuardedBy("this")
  private boolean ended;

  private FirstBytes(ContentStream stream, NodeParts.World world) {
    this.stream = stream;
    this.world = world;
  }

  /** Waits for the first bytes of a stream that may fetch. */
  static CompletableFuture<Found> of(ContentStream stream, NodeParts.World world) {
    FirstBytes first = new FirstBytes(stream, world);
    first.step(false);
    if (!first.found.isDone()) {
      first.limit();
    }
    return first.found;
  }

  private void limit() {
    ScheduledFuture<?> limit =
        world
            .timers()
            .schedule(
                () -> world.blocks().execute(() -> step(true)),
                SppLimits.FIRST_BYTES_WITHIN.toMillis(),
                TimeUnit.MILLISECONDS);
    CompletableFuture<?> unused = found.whenComplete((whatever, failure) -> limit.cancel(false));
  }

  private void step(boolean isLast) {
    try {
      look(isLast).ifPresent(found::complete);
    } catch (RuntimeException e) {
      giveUp();
      found.completeExceptionally(e);
    }
  }

  private synchronized Optional<Found> look(boolean isLast) {
    if (ended) {
      return Optional.empty();
    }
    Next next = stream.next(LOOK_BYTES);
    if (next instanceof Next.Pending && !isLast) {
      stream.whenReady(() -> world.blocks().execute(() -> step(false)));
      return Optional.empty();
    }
    if (next instanceof Next.Available available) {
      ended = true;
      return Optional.of(new Found.Some(new LookedAt(available.bytes())));
    }
    giveUp();
    return Optional.of(new Found.None(refusalOf(next)));
  }

  private synchronized void giveUp() {
    ended = true;
    stream.close();
  }

  private static SppError refusalOf(Next next) {
    return next instanceof Next.Failed failed ? refusalOf(failed.failure()) : SppError.NOT_READY;
  }

  /** That no source can be reached now is no news about the bytes: never "not held". */
  private static SppError refusalOf(ContentFailure failure) {
    return switch (failure) {
      case EDITION_GONE -> SppError.EDITION_GONE;
      case BUSY -> SppError.BUSY;
      case CLOSING -> SppError.CLOSING;
      case UNAVAILABLE, UNREADABLE, CLOSED -> SppError.NOT_READY;
    };
  }
}
