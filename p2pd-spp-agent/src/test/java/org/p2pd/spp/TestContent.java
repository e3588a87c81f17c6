package org.p2pd.spp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.p2pd.content.Content;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Span;
import org.p2pd.spp.server.Editions;

/** Editions whole, up to a position, or not held, with hooks for what is fetched. */
public final class TestContent implements Content, Editions {

  private record Held(TestEdition edition, long untilByte, Path file) {}

  private final Path directory;
  private final Map<EditionId, Held> held = new ConcurrentHashMap<>();
  public final AtomicInteger openStreams = new AtomicInteger();

  /** Whether held ranges are sent from their files. */
  public volatile boolean fromFiles = true;

  /** Whether proofs of what is not held are known. */
  public volatile boolean provesAll;

  /** What a reading gives of what is not held. */
  public volatile Function<ReadRequest, ContentStream> fetched =
      request -> new Failing(ContentFailure.UNAVAILABLE);

  /** What can be proven of what is on its way; nothing is unless a test says so. */
  public volatile BiFunction<Span, Boolean, CompletionStage<Optional<ProvenSpan>>> arriving =
      (span, leaves) -> CompletableFuture.completedFuture(Optional.empty());

  public TestContent(Path directory) {
    this.directory = directory;
  }

  public Path add(TestEdition edition) {
    return add(edition, edition.bytes.length);
  }

  public Path add(TestEdition edition, long heldUntil) {
    try {
      Path file = directory.resolve(edition.edition.id().toString());
      Files.write(file, edition.bytes);
      held.put(edition.edition.id(), new Held(edition, heldUntil, file));
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void forget(TestEdition edition) {
    held.remove(edition.edition.id());
  }

  @Override
  public Found find(EditionId id) {
    Held found = held.get(id);
    return found == null ? new Found.Unknown() : new Found.Known(found.edition.edition);
  }

  @Override
  public boolean canFetch() {
    return true;
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    Held found = held.get(edition.id());
    return found != null && range.last() < found.untilByte;
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader) {
    return fromFiles && holds(edition, range)
        ? Optional.of(new FilePart(held.get(edition.id()).file, range.first(), range.lengthBytes()))
        : Optional.empty();
  }

  @Override
  public ContentStream open(ReadRequest request) {
    openStreams.incrementAndGet();
    if (!holds(request.edition(), request.range())) {
      return fetched.apply(request);
    }
    byte[] bytes =
        held.get(request.edition().id())
            .edition
            .slice(request.range().first(), request.range().last());
    return new Reading(bytes, request.range().first());
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    Held found = held.get(edition.id());
    return found != null && (provesAll || holds(edition, span.bytes(edition.lengthBytes())))
        ? Optional.of(found.edition.prove(span))
        : Optional.empty();
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    return holds(edition, oneBlock.bytes(edition.lengthBytes()))
        ? Optional.of(held.get(edition.id()).edition.leafHashes(oneBlock))
        : Optional.empty();
  }

  @Override
  public CompletionStage<Optional<ProvenSpan>> proveArriving(
      Edition edition, Span span, boolean leaves) {
    return holds(edition, span.bytes(edition.lengthBytes()))
        ? Content.super.proveArriving(edition, span, leaves)
        : arriving.apply(span, leaves);
  }

  /** A reading of bytes that are all there. */
  public final class Reading implements ContentStream {
    private final ByteBuffer rest;
    private final long first;
    private boolean closed;

    public Reading(byte[] bytes, long first) {
      this.rest = ByteBuffer.wrap(bytes);
      this.first = first;
    }

    @Override
    public Next next(int maxBytes) {
      if (!rest.hasRemaining()) {
        return new Next.End();
      }
      int count = Math.min(maxBytes, rest.remaining());
      ByteBuffer piece = rest.slice(rest.position(), count);
      rest.position(rest.position() + count);
      return new Next.Available(
          new Next.Bytes() {
            @Override
            public ByteBuffer data() {
              return piece;
            }

            @Override
            public void release() {}
          });
    }

    @Override
    public void whenReady(Runnable wake) {
      wake.run();
    }

    @Override
    public long position() {
      return first + rest.position();
    }

    @Override
    public long heldBytes() {
      return rest.position();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openStreams.decrementAndGet();
      }
    }
  }

  /** A reading whose bytes are still to come. */
  public final class Waiting implements ContentStream {
    private final AtomicReference<Runnable> wake = new AtomicReference<>(() -> {});
    private volatile ContentStream come;

    /** All that it will ever give. */
    public void comes(byte[] bytes) {
      come = new Reading(bytes, 0);
      wake.get().run();
    }

    @Override
    public Next next(int maxBytes) {
      return come == null ? new Next.Pending() : come.next(maxBytes);
    }

    @Override
    public void whenReady(Runnable whenReady) {
      wake.set(whenReady);
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public long heldBytes() {
      return 0;
    }

    @Override
    public void close() {
      openStreams.decrementAndGet();
    }
  }

  /** A reading that cannot begin. */
  public final class Failing implements ContentStream {
    private final ContentFailure failure;

    public Failing(ContentFailure failure) {
      this.failure = failure;
    }

    @Override
    public Next next(int maxBytes) {
      return new Next.Failed(failure, "not in this test");
    }

    @Override
    public void whenReady(Runnable wake) {
      wake.run();
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public long heldBytes() {
      return 0;
    }

    @Override
    public void close() {
      openStreams.decrementAndGet();
    }
  }
}
