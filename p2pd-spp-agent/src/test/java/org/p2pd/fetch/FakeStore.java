package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.HeldListener;
import org.p2pd.store.Holding;
import org.p2pd.store.StoreStats;
import org.p2pd.tree.SpanProof;
import org.roaringbitmap.RoaringBitmap;

/** A store in memory that checks how it is used, with room for so many bytes. */
final class FakeStore implements BlockStore {

  private record Key(Edition edition, int block) {}

  private final BlockSize size;

  @GuardedBy("this")
  private final Map<Key, byte[]> blocks = new HashMap<>();

  @GuardedBy("this")
  private final Map<Key, Integer> puts = new HashMap<>();

  @GuardedBy("this")
  private final List<SpanProof> proofs = new ArrayList<>();

  @GuardedBy("this")
  private final Map<Edition, Film> films = new HashMap<>();

  @GuardedBy("this")
  private long capacityBytes;

  @GuardedBy("this")
  private long reservedBytes;

  @GuardedBy("this")
  private long heldBytes;

  @GuardedBy("this")
  private int openRooms;

  @GuardedBy("this")
  private boolean writesFail;

  @GuardedBy("this")
  private boolean readsFail;

  private volatile Runnable duringPut = () -> {};

  FakeStore(BlockSize size, long capacityBytes) {
    this.size = size;
    this.capacityBytes = capacityBytes;
  }

  /** Has something done while a block is on its way to disk. */
  void duringPut(Runnable work) {
    duringPut = work;
  }

  synchronized void writesFail(boolean fail) {
    writesFail = fail;
  }

  synchronized void readsFail(boolean fail) {
    readsFail = fail;
  }

  synchronized void capacity(long bytes) {
    capacityBytes = bytes;
  }

  synchronized int openRooms() {
    return openRooms;
  }

  synchronized long reservedBytes() {
    return reservedBytes;
  }

  synchronized int puts(Edition edition, int block) {
    return puts.getOrDefault(new Key(edition, block), 0);
  }

  synchronized void hold(Film film, int block) {
    ByteBuffer data = film.block(size, block);
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    if (blocks.put(new Key(film.edition(), block), bytes) == null) {
      heldBytes += bytes.length;
    }
  }

  synchronized void evict(Edition edition, int block) {
    byte[] gone = blocks.remove(new Key(edition, block));
    heldBytes -= gone == null ? 0 : gone.length;
  }

  synchronized boolean isHeld(Edition edition, int block) {
    return blocks.containsKey(new Key(edition, block));
  }

  @Override
  public BlockSize blockSize(Edition edition, int region) {
    return size;
  }

  @Override
  public Optional<Edition> edition(EditionId id) {
    return Optional.empty();
  }

  @Override
  public synchronized boolean holds(Edition edition, ByteRange range) {
    return heldUntil(edition, range.first()) > range.last();
  }

  @Override
  public synchronized long heldUntil(Edition edition, long position) {
    int block = size.blockAt(position);
    long end = position;
    while (end < edition.lengthBytes() && blocks.containsKey(new Key(edition, block))) {
      end = size.start(block) + size.lengthOf(block, edition.lengthBytes());
      block++;
    }
    return end;
  }

  @Override
  public synchronized HeldLeaves held(Edition edition) {
    int each = size.bytes() / BlockSize.LEAF_BYTES;
    RoaringBitmap leaves = new RoaringBitmap();
    for (Key key : blocks.keySet()) {
      if (key.edition().equals(edition)) {
        long first = (long) key.block() * each;
        leaves.add(first, Math.min(first + each, HeldLeaves.leafCount(edition)));
      }
    }
    return HeldLeaves.of(edition, leaves);
  }

  @Override
  public synchronized List<Holding> holdings() {
    return blocks.keySet().stream()
        .map(Key::edition)
        .distinct()
        .map(edition -> new Holding(edition.id(), held(edition).bytes(), edition.lengthBytes()))
        .toList();
  }

  @Override
  public void listen(HeldListener listener) {
    throw new UnsupportedOperationException("fetching does not listen to its store");
  }

  @Override
  public synchronized Optional<Room> reserve(Edition edition, Span span) {
    long bytes = span.bytes(edition.lengthBytes()).lengthBytes();
    if (heldBytes + reservedBytes + bytes > capacityBytes) {
      return Optional.empty();
    }
    reservedBytes += bytes;
    openRooms++;
    return Optional.of(new FakeRoom(edition, span, bytes));
  }

  private final class FakeRoom implements Room {
    private final Edition edition;
    private final Span span;

    @GuardedBy("FakeStore.this")
    private long left;

    @GuardedBy("FakeStore.this")
    private boolean closed;

    FakeRoom(Edition edition, Span span, long bytes) {
      this.edition = edition;
      this.span = span;
      this.left = bytes;
    }

    @Override
    public Span span() {
      return span;
    }

    @Override
    public boolean put(int block, ByteBuffer data, Hash hash) {
      duringPut.run();
      synchronized (FakeStore.this) {
        if (closed) {
          throw new IllegalStateException("put into a closed room");
        }
        if (block < span.firstBlock() || block > span.lastBlock()) {
          throw new IllegalStateException("block " + block + " into the room of " + span);
        }
        if (writesFail) {
          return false;
        }
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        Key key = new Key(edition, block);
        puts.merge(key, 1, Integer::sum);
        left -= bytes.length;
        reservedBytes -= bytes.length;
        if (blocks.put(key, bytes) == null) {
          heldBytes += bytes.length;
        }
        return true;
      }
    }

    @Override
    public void close() {
      synchronized (FakeStore.this) {
        if (closed) {
          throw new IllegalStateException("a room was closed twice");
        }
        closed = true;
        reservedBytes -= left;
        openRooms--;
      }
    }
  }

  @Override
  public synchronized void keepProof(Edition edition, SpanProof proof) {
    proofs.add(proof);
  }

  synchronized int keptProofs() {
    return proofs.size();
  }

  @Override
  public synchronized int read(Edition edition, long position, ByteBuffer to) {
    int read = 0;
    while (!readsFail && to.hasRemaining() && position + read < edition.lengthBytes()) {
      int block = size.blockAt(position + read);
      byte[] bytes = blocks.get(new Key(edition, block));
      if (bytes == null) {
        break;
      }
      int offset = (int) (position + read - size.start(block));
      int part = Math.min(to.remaining(), bytes.length - offset);
      to.put(bytes, offset, part);
      read += part;
    }
    return read;
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range) {
    return Optional.empty();
  }

  /** Lets it prove what it holds of a film. */
  synchronized void proves(Film film) {
    films.put(film.edition(), film);
  }

  @Override
  public synchronized Optional<byte[]> prove(Edition edition, Span span) {
    return holds(edition, span.bytes(edition.lengthBytes()))
        ? Optional.ofNullable(films.get(edition)).map(film -> film.rawProof(span))
        : Optional.empty();
  }

  @Override
  public synchronized Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    return holds(edition, oneBlock.bytes(edition.lengthBytes()))
        ? Optional.ofNullable(films.get(edition)).map(film -> film.leaves(oneBlock))
        : Optional.empty();
  }

  @Override
  public boolean describe(Edition edition, byte[] signedEntry) {
    return false;
  }

  @Override
  public void touch(Edition edition) {}

  @Override
  public void unnamed(Edition edition) {}

  @Override
  public synchronized StoreStats stats() {
    return new StoreStats(capacityBytes, heldBytes, reservedBytes, 0, 1, heldBytes, 0, 0, 0);
  }

  @Override
  public void close() {}
}
