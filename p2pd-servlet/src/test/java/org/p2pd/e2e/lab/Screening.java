package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * One viewer who takes a whole title as fast as it comes, compares every byte, and remembers how
 * long nothing came at the longest. Others can wait until it has come to a place.
 */
public final class Screening {

  private static final int CHUNK_BYTES = 64 * Media.KIB;

  private final Node node;
  private final Path original;
  private final long placeBytes;
  private final CountDownLatch atPlace = new CountDownLatch(1);
  private final CompletableFuture<Duration> longestPause;

  private Screening(Node node, String title, Path original, long placeBytes) {
    this.node = node;
    this.original = original;
    this.placeBytes = placeBytes;
    this.longestPause = CompletableFuture.supplyAsync(() -> take(title), task -> start(task));
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "screening");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Begins to take it.
   *
   * @param placeBytes the place for {@link #awaitPlace}
   */
  public static Screening begin(Node node, Path original, long placeBytes) {
    return new Screening(node, "/" + original.getFileName(), original, placeBytes);
  }

  private Duration take(String title) {
    long longest = 0;
    long position = 0;
    try (RawHttp connection = new RawHttp(node);
        InputStream bytes = Files.newInputStream(original)) {
      connection.send("GET " + Urls.encode(title) + " HTTP/1.1");
      long last = System.nanoTime();
      RawHttp.Head head = connection.head();
      if (head.status() != 200) {
        throw new AssertionError(node + " answers " + head);
      }
      byte[] chunk = new byte[CHUNK_BYTES];
      for (int n = connection.in().read(chunk); position < Files.size(original); ) {
        if (n < 0) {
          throw new AssertionError(node + " closed after " + position + " bytes");
        }
        long now = System.nanoTime();
        longest = Math.max(longest, now - last);
        last = now;
        if (!Arrays.equals(chunk, 0, n, bytes.readNBytes(n), 0, n)) {
          throw new AssertionError(node + " sends wrong bytes near " + position);
        }
        position += n;
        if (position >= placeBytes) {
          atPlace.countDown();
        }
        n = position < Files.size(original) ? connection.in().read(chunk) : 0;
      }
      return Duration.ofNanos(longest);
    } catch (SocketTimeoutException e) {
      throw new AssertionError(node + " sends nothing any more after " + position + " bytes", e);
    } catch (IOException e) {
      throw new AssertionError(node + " broke off after " + position + " bytes", e);
    } finally {
      atPlace.countDown();
    }
  }

  /** Waits until it has come there; fails when it never will. */
  public void awaitPlace() throws InterruptedException {
    atPlace.await();
    if (longestPause.isCompletedExceptionally()) {
      longestPause.join();
    }
  }

  /** Waits for its end; fails if a byte was wrong or missing. */
  public Duration longestPause() {
    return longestPause.join();
  }

  /** Whether it did not end yet; what it ended with is not asked. */
  public boolean isRunning() {
    return !longestPause.isDone();
  }
}
