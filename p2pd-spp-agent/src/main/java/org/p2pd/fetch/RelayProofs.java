package org.p2pd.fetch;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.p2pd.content.ProvenSpan;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;

/**
 * Proves to siblings what is held, or on its way here from a node that is no sibling, as soon as it
 * can be proven. Thread-safe.
 */
final class RelayProofs {

  private final BlockStore store;
  private final Arrivals arrivals;
  private final Executor disk;

  RelayProofs(BlockStore store, Arrivals arrivals, Executor disk) {
    this.store = store;
    this.arrivals = arrivals;
    this.disk = disk;
  }

  /** See {@link org.p2pd.content.Content#proveArriving}. */
  CompletableFuture<Optional<ProvenSpan>> prove(Edition edition, Span span, boolean withLeaves) {
    Question question = new Question(new RelaySearch(store, arrivals, edition, span, withLeaves));
    question.look();
    return question.answer;
  }

  /** A question that may have to wait for news of one block after the other. */
  private final class Question {
    final CompletableFuture<Optional<ProvenSpan>> answer = new CompletableFuture<>();
    private final RelaySearch search;

    Question(RelaySearch search) {
      this.search = search;
    }

    void look() {
      if (answer.isDone()) {
        return; // who asked does not wait any more
      }
      try {
        RelaySearch.Result result = search.look();
        if (result instanceof RelaySearch.Result.Wait wait) {
          if (!wait.arrival().watch(wait.seen(), this::lookLater)) {
            lookLater();
          }
        } else if (result instanceof RelaySearch.Result.Proven proven) {
          answer.complete(Optional.of(proven.span()));
        } else {
          answer.complete(Optional.empty());
        }
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    }

    /** Not on the thread that brought the news: it has bytes to receive. */
    private void lookLater() {
      try {
        disk.execute(this::look);
      } catch (RejectedExecutionException e) {
        answer.complete(Optional.empty()); // this node shuts down
      }
    }
  }
}
