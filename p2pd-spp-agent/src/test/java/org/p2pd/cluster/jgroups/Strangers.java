package org.p2pd.cluster.jgroups;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.p2pd.cluster.Loopback;

/**
 * People who do not know the secret and hold connections: half of them say nothing, half say a
 * handshake's beginning, one byte after the other. Those who are hung up on come again.
 */
final class Strangers implements AutoCloseable {

  private final InetSocketAddress at;
  private final String from = Loopback.next();
  private final CountDownLatch end = new CountDownLatch(1);
  private final List<Thread> threads = new CopyOnWriteArrayList<>();

  Strangers(InetSocketAddress at) {
    this.at = at;
  }

  /** That many of each kind; all have connected at least once when it returns. */
  void come(int each) {
    CountDownLatch connected = new CountDownLatch(2 * each);
    for (int i = 0; i < 2 * each; i++) {
      boolean drips = i % 2 == 0;
      Thread thread = new Thread(() -> stay(drips, connected), "stranger-" + i);
      threads.add(thread);
      thread.start();
    }
    try {
      if (!connected.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the strangers do not come");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stay(boolean drips, CountDownLatch connected) {
    boolean first = true;
    while (end.getCount() > 0) {
      try (Socket socket = new Socket()) {
        socket.bind(new InetSocketAddress(from, 0));
        socket.connect(at);
        if (first) {
          connected.countDown();
          first = false;
        }
        socket.setSoTimeout(100);
        byte[] record = {22, 3, 1, 0x20, 0, 1, 0, 0x1f, (byte) 0xfc, 3, 3};
        for (int sent = 0; !pause(); sent++) {
          if (drips) {
            socket.getOutputStream().write(sent < record.length ? record[sent] : 0);
          } else if (isHungUpOn(socket)) {
            break;
          }
        }
      } catch (IOException e) {
        boolean unused = pause(); // hung up on: once more
      }
    }
  }

  private static boolean isHungUpOn(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** Whether it is the end. */
  private boolean pause() {
    try {
      return end.await(100, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close() {
    end.countDown();
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(60));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
