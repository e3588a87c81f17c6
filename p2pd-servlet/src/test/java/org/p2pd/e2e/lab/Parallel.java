package org.p2pd.e2e.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Several viewers at the same time. */
public final class Parallel {

  private Parallel() {}

  /** Does it for all at once; the results are in the order of the inputs. */
  public static <T, R> List<R> forAll(List<T> inputs, Function<T, R> work) {
    return run(inputs.stream().map(input -> (Callable<R>) () -> work.apply(input)).toList());
  }

  /** Runs all at once and waits for all; fails with the first failure. */
  public static <R> List<R> run(List<? extends Callable<R>> tasks) {
    ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, tasks.size()));
    try {
      List<R> results = new ArrayList<>();
      for (Future<R> result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause().toString(), e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
