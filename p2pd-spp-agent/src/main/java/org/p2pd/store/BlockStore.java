package org.p2pd.store;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;

/**
 * Verified blocks on disk, within a limit that holds at every instant. Thread-safe. No call waits
 * for another node; all may touch the disk, {@link #blockSize} and {@link #heldUntil} at most when
 * an edition is first met (they are asked for every piece that is read). Layout and life cycles:
 * the package documentation.
 */
public interface BlockStore extends AutoCloseable {

  /**
   * The size of the blocks in which that region of the edition is (or would now be) kept. It is
   * fixed for the life of an extent, whatever {@code -b} has become since.
   */
  BlockSize blockSize(Edition edition, int region);

  /**
   * The edition with that id, if something of it is held; whoever asks need not know it. May read a
   * file. One of a single block is known after a restart only if it was {@link #describe}d.
   */
  Optional<Edition> edition(EditionId id);

  /** Whether every byte of the range is held. */
  boolean holds(Edition edition, ByteRange range);

  /** The end (exclusive) of the held bytes that begin at {@code position}; itself if none does. */
  long heldUntil(Edition edition, long position);

  /** All that is held of one edition. Reads its sidecars when it is first asked for. */
  HeldLeaves held(Edition edition);

  /**
   * Every edition that is known by now of which something is held, in no order. After a start the
   * others follow while the directory is looked through.
   */
  List<Holding> holdings();

  /** Tells the listener all that is held now, and from then on what changes. */
  void listen(HeldListener listener);

  /**
   * Reserves room for a span before it is fetched, freeing some if need be (unlinking, never
   * truncating). Nothing is returned when nothing can be freed: then the blocks pass through memory
   * and are not kept.
   */
  Optional<Room> reserve(Edition edition, Span span);

  /** Room for the blocks of one span. Give back what was not used by closing it. */
  interface Room extends AutoCloseable {
    Span span();

    /**
     * Keeps a verified block: data first, then its slot. False when writing failed (disk full, I/O
     * error): the block is then not held, the failure is logged and counted, nothing else is lost.
     *
     * @param data what remains in the buffer, which is left as it was
     */
    boolean put(int block, ByteBuffer data, Hash hash);

    @Override
    void close();
  }

  /** Keeps the hashes that a verified proof brought, so that this node can prove to others. */
  void keepProof(Edition edition, SpanProof proof);

  /**
   * Reads held, trusted bytes from {@code position} into the buffer: as many as are held there and
   * fit. Blocks that are held but not trusted are verified first; a block that fails is dropped,
   * reported and no longer held.
   *
   * @return how many bytes were read; 0 if the byte at {@code position} is not held (any more)
   */
  int read(Edition edition, long position, ByteBuffer to);

  /**
   * The range as a part of one extent's file, if it lies in one extent and all of it is held and
   * trusted. The extent is then passed over by eviction for {@link FilePart#KEPT_SECONDS}. A node
   * that verifies what it gets is no exception: what was changed here would be laid at our door.
   */
  Optional<FilePart> filePart(Edition edition, ByteRange range);

  /** The proof of a span whose blocks are held, from slots, tree file and, if need be, data. */
  Optional<byte[]> prove(Edition edition, Span span);

  /** The leaf hashes of one held block, from its data; nothing if it is not held or fails. */
  Optional<byte[]> leafHashes(Edition edition, Span oneBlock);

  /**
   * Lays the signed catalogue entry beside an edition of which something is held (the directory
   * explains itself), and notes that a title names it.
   *
   * @return whether something of the edition is held, so that there was a place for it
   */
  boolean describe(Edition edition, byte[] signedEntry);

  /** Marks the edition as wanted now, which is what eviction goes by. */
  void touch(Edition edition);

  /** Editions that no title names any more go first. */
  void unnamed(Edition edition);

  StoreStats stats();

  @Override
  void close();
}
