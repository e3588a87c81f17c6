package org.p2pd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.p2pd.content.Content;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;

/** Content whose bytes follow from their position, and that comes as a test says. */
final class FakeContent implements Content {

  private final Map<EditionId, Script> scripts = new ConcurrentHashMap<>();
  private final List<Stream> streams = new CopyOnWriteArrayList<>();

  static byte byteAt(long position) {
    return (byte) (position * 31 + (position >> 8) * 7 + (position >> 16));
  }

  static byte[] bytes(long first, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = byteAt(first + i);
    }
    return bytes;
  }

  /** An edition of which nothing is held and nothing comes yet. */
  Script add(long lengthBytes) {
    byte[] root = new byte[Hash.BYTES];
    ByteBuffer.wrap(root).putInt(scripts.size());
    Script script = new Script(new Edition(DigestAlgorithm.SHA_256, lengthBytes, Hash.of(root)));
    scripts.put(script.edition.id(), script);
    return script;
  }

  /** How the bytes of one edition come. */
  final class Script {
    private final Edition edition;
    private final AtomicInteger readings = new AtomicInteger();
    private boolean held;
    private Path file;
    private long availableUntil;
    private ContentFailure failure;

    Script(Edition edition) {
      this.edition = edition;
    }

    Edition edition() {
      return edition;
    }

    int readings() {
      return readings.get();
    }

    /** All of it is here, to be read. */
    Script held() {
      held = true;
      return available(edition.lengthBytes());
    }

    /** All of it is here, in a file that may be sent as it is. */
    Script heldIn(Path directory) {
      try {
        file = Files.write(directory.resolve(edition.id().toString()), all());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return held();
    }

    byte[] all() {
      return bytes(0, Math.toIntExact(edition.lengthBytes()));
    }

    /** The bytes before this position come now. */
    Script available(long until) {
      return change(() -> availableUntil = until);
    }

    /** Behind what is available, readings fail. */
    Script fails(ContentFailure why) {
      return change(() -> failure = why);
    }

    /** Wakes those who wait, for nothing. */
    void stirs() {
      List<Runnable> wakes = new ArrayList<>();
      synchronized (FakeContent.this) {
        for (Stream stream : streams) {
          if (stream.script == this && stream.wake != null) {
            wakes.add(stream.wake);
            stream.wake = null;
          }
        }
      }
      wakes.forEach(Runnable::run);
    }

    private Script change(Runnable change) {
      List<Runnable> wakes = new ArrayList<>();
      synchronized (FakeContent.this) {
        change.run();
        for (Stream stream : streams) {
          if (stream.script == this && stream.wake != null && !stream.isPending()) {
            wakes.add(stream.wake);
            stream.wake = null;
          }
        }
      }
      wakes.forEach(Runnable::run);
      return this;
    }
  }

  @Override
  public boolean canFetch() {
    return true;
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return scripts.get(edition.id()).held;
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader) {
    Path file = scripts.get(edition.id()).file;
    return file == null
        ? Optional.empty()
        : Optional.of(new FilePart(file, range.first(), range.lengthBytes()));
  }

  @Override
  public ContentStream open(ReadRequest request) {
    Script script = scripts.get(request.edition().id());
    script.readings.incrementAndGet();
    Stream stream = new Stream(script, request.range());
    streams.add(stream);
    return stream;
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    return Optional.empty();
  }

  int openStreams() {
    return (int) streams.stream().filter(stream -> !stream.closed).count();
  }

  void assertNothingLeaked() {
    assertThat(streams).allMatch(stream -> stream.closed, "closed");
    assertThat(streams).allMatch(stream -> stream.closings == 1, "closed once");
    assertThat(streams).allMatch(stream -> stream.lent.get() == 0, "gave all buffers back");
    assertThat(streams).allMatch(stream -> stream.misuse == null, "was used as it says");
  }

  private final class Stream implements ContentStream {
    private final Script script;
    private final ByteRange range;
    private long position;
    private Runnable wake;
    private final AtomicInteger lent = new AtomicInteger();
    private volatile int closings;
    private volatile boolean closed;
    private volatile String misuse;
    private final AtomicInteger users = new AtomicInteger();

    Stream(Script script, ByteRange range) {
      this.script = script;
      this.range = range;
      this.position = range.first();
    }

    boolean isPending() {
      return position <= range.last()
          && position >= script.availableUntil
          && script.failure == null;
    }

    @Override
    public Next next(int maxBytes) {
      if (users.incrementAndGet() != 1) {
        misuse = "two threads";
      }
      try {
        synchronized (FakeContent.this) {
          return nextLocked(maxBytes);
        }
      } finally {
        users.decrementAndGet();
      }
    }

    private Next nextLocked(int maxBytes) {
      if (closed) {
        misuse = "next after close";
      }
      if (lent.get() > 0) {
        misuse = "next before release";
      }
      if (position > range.last()) {
        return new Next.End();
      }
      if (isPending()) {
        return new Next.Pending();
      }
      long until = Math.min(script.availableUntil, range.last() + 1);
      if (position >= until) {
        return new Next.Failed(script.failure, "as the test says");
      }
      int length = (int) Math.min(Math.min(maxBytes, 64 * 1024), until - position);
      ByteBuffer data = ByteBuffer.allocateDirect(length).put(bytes(position, length)).flip();
      position += length;
      lent.incrementAndGet();
      return new Next.Available(new Lent(data));
    }

    @Override
    public void whenReady(Runnable newWake) {
      synchronized (FakeContent.this) {
        if (wake != null) {
          misuse = "two wake-ups";
        }
        if (isPending()) {
          wake = newWake;
          return;
        }
      }
      newWake.run();
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public long heldBytes() {
      return 0;
    }

    @Override
    public void close() {
      synchronized (FakeContent.this) {
        wake = null;
        closed = true;
        closings++;
      }
    }

    private final class Lent implements Next.Bytes {
      private final ByteBuffer data;
      private boolean released;

      Lent(ByteBuffer data) {
        this.data = data;
      }

      @Override
      public ByteBuffer data() {
        return data;
      }

      @Override
      public void release() {
        if (released) {
          misuse = "released twice";
        }
        released = true;
        lent.decrementAndGet();
      }
    }
  }
}
