package org.p2pd.publish;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.memory.Chunks;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;

/**
 * One reading of an owner's file, verified block by block in the buffer that is handed out.
 *
 * <p>Memory is taken only between {@link #next} and the release of what it gave. A block of which
 * only a part was taken is not kept but its leaf hashes are: the rest is read again later and
 * verified leaf by leaf. The file stays open while the stream is, so a reading that began goes on
 * after another file took the name; what was overwritten in place ends it.
 */
final class MediaStream implements ContentStream {

  private final ByteRange range;
  private final OpenFiles.Hold hold;
  private final OpenMedia media;
  private final Edition edition;
  private final BufferPool buffers;
  private final boolean trusted;
  private final BiConsumer<HashedFile, String> mismatch;
  private final BlockSize blockSize;
  private final TreeHasher hasher;
  private long position;
  private byte[] regionHashes = new byte[0];
  private int regionOfHashes = -1;
  private byte[] leafHashes = new byte[0];
  private int blockOfLeaves = -1;
  private Next.@Nullable Failed failed;
  private @Nullable Runnable waiting;
  private volatile boolean closed;

  MediaStream(
      ByteRange range,
      OpenFiles.Hold hold,
      BufferPool buffers,
      boolean trusted,
      BiConsumer<HashedFile, String> mismatch) {
    this.range = range;
    this.hold = hold;
    this.media = hold.media();
    this.edition = media.edition();
    this.buffers = buffers;
    this.trusted = trusted;
    this.mismatch = mismatch;
    this.blockSize = media.keptBlockSize();
    this.hasher = new TreeHasher(edition.digest());
    this.position = range.first();
  }

  @Override
  public Next next(int maxBytes) {
    if (closed) {
      return new Next.Failed(ContentFailure.CLOSED, "closed by its owner");
    }
    if (failed != null) {
      return failed;
    }
    if (position > range.last()) {
      return new Next.End();
    }
    waiting = null;
    Optional<Chunks.Piece> memory = buffers.acquire(blockSize.bytes());
    if (memory.isEmpty()) {
      return new Next.Pending();
    }
    try {
      ByteBuffer buffer = memory.get().buffer(0, blockSize.bytes());
      fill(buffer, maxBytes);
      position += buffer.remaining();
      return new Next.Available(new Handed(buffers, memory.get(), buffer.slice()));
    } catch (MismatchException | EOFException e) {
      buffers.release(memory.get());
      mismatch.accept(media.file(), String.valueOf(e.getMessage()));
      return fail(ContentFailure.EDITION_GONE, "the file changed: " + e.getMessage());
    } catch (ClosedChannelException e) {
      buffers.release(memory.get());
      hold.breakOff();
      return fail(ContentFailure.CLOSING, "the file was closed under this reading");
    } catch (IOException e) {
      buffers.release(memory.get());
      return fail(ContentFailure.UNREADABLE, e.toString());
    }
  }

  private Next fail(ContentFailure failure, String detail) {
    failed = new Next.Failed(failure, detail);
    return failed;
  }

  /** Reads and verifies, and leaves in the buffer what is handed out. */
  private void fill(ByteBuffer buffer, int maxBytes) throws IOException {
    int block = blockSize.blockAt(position);
    long blockStart = blockSize.start(block);
    int blockLength = blockSize.lengthOf(block, edition.lengthBytes());
    int from = (int) (position - blockStart);
    int to = (int) Math.min(blockLength, Math.min(from + (long) maxBytes, wanted(blockStart)));
    if (trusted) {
      buffer.limit(to - from);
      media.read(buffer, position);
      buffer.flip();
      return;
    }
    if (block == blockOfLeaves) {
      fillFromLeaves(buffer, blockStart, blockLength, from, to);
      return;
    }
    buffer.limit(blockLength);
    media.read(buffer, blockStart);
    verifyBlock(buffer.flip(), block, to < blockLength);
    buffer.limit(to).position(from);
  }

  private long wanted(long blockStart) {
    return range.last() + 1 - blockStart;
  }

  private void verifyBlock(ByteBuffer data, int block, boolean keepLeaves) throws IOException {
    byte[] leaves = hasher.leaves(data);
    if (!hasher.fold(leaves).equals(blockHash(block))) {
      throw new MismatchException("block " + block + " of " + blockSize);
    }
    blockOfLeaves = keepLeaves ? block : -1;
    leafHashes = keepLeaves ? leaves : new byte[0];
  }

  /** Goes on within a block that was verified before, leaf by leaf. */
  private void fillFromLeaves(ByteBuffer buffer, long blockStart, int blockLength, int from, int to)
      throws IOException {
    int firstLeaf = from / BlockSize.LEAF_BYTES;
    int start = firstLeaf * BlockSize.LEAF_BYTES;
    int end = Math.min(blockLength, roundUp(to));
    buffer.limit(end - start);
    media.read(buffer, blockStart + start);
    buffer.flip();
    byte[] found = hasher.leaves(buffer);
    for (int i = 0; i < found.length; i += Hash.BYTES) {
      if (!Hash.of(found, i).matches(leafHashes, firstLeaf * Hash.BYTES + i)) {
        throw new MismatchException("leaf " + (firstLeaf + i / Hash.BYTES) + " of " + blockStart);
      }
    }
    buffer.limit(to - start).position(from - start);
  }

  private static int roundUp(int bytes) {
    return (bytes + BlockSize.LEAF_BYTES - 1) & -BlockSize.LEAF_BYTES;
  }

  private Hash blockHash(int block) throws IOException {
    int perRegion = blockSize.blocksPerRegion();
    int region = block / perRegion;
    if (region != regionOfHashes) {
      int first = region * perRegion;
      int count = Math.min(perRegion, blockSize.blockCount(edition.lengthBytes()) - first);
      regionHashes = media.keptHashes(first, count);
      regionOfHashes = region;
    }
    return Hash.of(regionHashes, block % perRegion * Hash.BYTES);
  }

  @Override
  public void whenReady(Runnable wake) {
    if (closed) {
      return;
    }
    boolean pending = failed == null && position <= range.last();
    if (!pending) {
      wake.run();
      return;
    }
    waiting =
        () -> {
          if (!closed) {
            wake.run();
          }
        };
    buffers.whenReleased(blockSize.bytes(), waiting);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long heldBytes() {
    return position - range.first();
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (waiting != null) {
      buffers.forget(blockSize.bytes(), waiting);
    }
    hold.close();
  }

  private static final class MismatchException extends IOException {
    MismatchException(String what) {
      super(what + " differs from its hash");
    }
  }

  /** Bytes handed out; gone back to the pool when released, once. */
  private static final class Handed implements Next.Bytes {
    private final BufferPool buffers;
    private final Chunks.Piece memory;
    private final ByteBuffer data;
    private boolean released;

    Handed(BufferPool buffers, Chunks.Piece memory, ByteBuffer data) {
      this.buffers = buffers;
      this.memory = memory;
      this.data = data;
    }

    @Override
    public ByteBuffer data() {
      return data;
    }

    @Override
    public void release() {
      if (!released) {
        released = true;
        buffers.release(memory);
      }
    }
  }
}
