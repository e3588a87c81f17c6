package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A long wire in front of a machine: what connects to its near end comes out at the far end later,
 * and no faster than the wire carries, both ways apart. It may be cut: then nothing comes through
 * any more, and nobody is told.
 */
public final class Wire implements AutoCloseable {

  private static final int PIECE_BYTES = 8 * 1024;
  private static final int PIECES = 512;

  private final ServerSocket near;
  private final InetSocketAddress far;
  private final long delayNanos;
  private final Direction in;
  private final Direction out;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;
  private volatile boolean closed;

  /** A piece under way. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  private record Piece(byte[] bytes, long dueNanos) {}

  /** What all connections share in one direction. */
  private static final class Direction {
    private final double bytesPerNano;
    private final AtomicLong carried = new AtomicLong();
    private long freeNanos = System.nanoTime();

    Direction(double megabits) {
      this.bytesPerNano = megabits * 1e6 / 8 / 1e9;
    }

    /** When the last byte of a piece that comes now will have been put on the wire. */
    synchronized long departs(int bytes) {
      freeNanos = Math.max(freeNanos, System.nanoTime()) + (long) (bytes / bytesPerNano);
      carried.addAndGet(bytes);
      return freeNanos;
    }
  }

  private Wire(ServerSocket near, InetSocketAddress far, double delayMillis, double megabits) {
    this.near = near;
    this.far = far;
    this.delayNanos = (long) (delayMillis * 1e6);
    this.in = new Direction(megabits);
    this.out = new Direction(megabits);
  }

  /**
   * Lays a wire.
   *
   * @param delayMillis one way
   * @param megabits a second, each way
   */
  public static Wire lay(
      InetSocketAddress nearEnd, InetSocketAddress farEnd, double delayMillis, double megabits)
      throws IOException {
    ServerSocket near = new ServerSocket();
    near.setReuseAddress(true);
    near.bind(nearEnd, 256);
    Wire wire = new Wire(near, farEnd, delayMillis, megabits);
    start(wire::accept);
    return wire;
  }

  /** Bytes that went from the machine behind the wire to those before it. */
  public long sentBytes() {
    return out.carried.get();
  }

  /** Nothing comes through any more; connections stay open. */
  public void cut() {
    cut = true;
  }

  public void mend() {
    cut = false;
  }

  private void accept() {
    try {
      while (true) {
        Socket one = near.accept();
        start(() -> connect(one));
      }
    } catch (IOException e) {
      if (!closed) {
        throw new IllegalStateException("the wire to " + far + " broke", e);
      }
    }
  }

  private void connect(Socket one) {
    sockets.add(one);
    Socket other = new Socket();
    sockets.add(other);
    try {
      if (cut) {
        return; // accepted, and never answered
      }
      other.connect(far, 10_000);
      one.setTcpNoDelay(true);
      other.setTcpNoDelay(true);
      carry(one, other, in);
      carry(other, one, out);
    } catch (IOException e) {
      end(one, other);
    }
  }

  private void carry(Socket from, Socket to, Direction direction) {
    BlockingQueue<Piece> underWay = new ArrayBlockingQueue<>(PIECES);
    start(() -> read(from, direction, underWay));
    start(() -> write(from, to, underWay));
  }

  private void read(Socket from, Direction direction, BlockingQueue<Piece> underWay) {
    byte[] buffer = new byte[PIECE_BYTES];
    try {
      try {
        InputStream bytes = from.getInputStream();
        for (int n = bytes.read(buffer); n > 0; n = bytes.read(buffer)) {
          long due = direction.departs(n) + delayNanos;
          underWay.put(new Piece(Arrays.copyOf(buffer, n), due));
        }
      } catch (IOException e) {
        // It was closed: the other side hears it when all before it has come through.
      }
      underWay.put(new Piece(new byte[0], System.nanoTime() + delayNanos));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Socket from, Socket to, BlockingQueue<Piece> underWay) {
    try {
      OutputStream bytes = to.getOutputStream();
      while (!closed) {
        Piece piece = underWay.poll(1, TimeUnit.SECONDS);
        if (piece == null) {
          continue;
        }
        for (long rest = piece.dueNanos() - System.nanoTime();
            rest > 0;
            rest = piece.dueNanos() - System.nanoTime()) {
          LockSupport.parkNanos(this, rest);
        }
        while (cut && !closed) {
          LockSupport.parkNanos(this, 10_000_000);
        }
        if (piece.bytes().length == 0) {
          end(from, to);
          return;
        }
        bytes.write(piece.bytes());
      }
    } catch (IOException e) {
      end(from, to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(Socket one, Socket other) {
    for (Socket socket : new Socket[] {one, other}) {
      sockets.remove(socket);
      try {
        socket.close();
      } catch (IOException e) {
        throw new IllegalStateException("close a socket", e);
      }
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    near.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
