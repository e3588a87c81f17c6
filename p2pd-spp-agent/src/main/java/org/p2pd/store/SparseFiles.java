package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.store.Records.Seal;
import org.p2pd.store.Records.SidecarHeader;
import org.p2pd.store.StorePaths.ExtentName;
import org.roaringbitmap.RoaringBitmap;

/** A sparse data file and its sidecar. */
final class SparseFiles extends ExtentFiles {

  private static final int CHUNK_BYTES = 64 * 1024;
  private static final byte[] NOT_HELD = new byte[Hash.BYTES];

  private final ExtentShape shape;
  private final SidecarHeader header;
  private final Path data;
  private final Path sidecar;

  SparseFiles(
      StoreParts parts,
      EditionId edition,
      ExtentShape shape,
      long generation,
      Path data,
      Path sidecar) {
    super(parts);
    this.shape = shape;
    this.header = new SidecarHeader(edition, shape, generation, parts.label().storeId());
    this.data = data;
    this.sidecar = sidecar;
  }

  @Override
  Path data() {
    return data;
  }

  ExtentName dataName() {
    return new ExtentName(shape.index(), header.generation(), true);
  }

  Path sidecar() {
    return sidecar;
  }

  @Override
  boolean exist() {
    return Files.exists(data) && Files.exists(sidecar);
  }

  @Override
  void create() throws IOException {
    parts.disk().createSparse(data, new byte[0], shape.lengthBytes());
    parts.disk().createSparse(sidecar, header.encode().array(), shape.sidecarBytes());
  }

  @Override
  void write(int block, ByteBuffer bytes, Hash hash) throws IOException {
    write(data, bytes, shape.blockAt(block));
    setSlot(block, hash);
  }

  @Override
  Hash slot(int block) throws IOException {
    ByteBuffer slot = ByteBuffer.allocate(Hash.BYTES);
    return readFully(sidecar, slot, shape.slotAt(block))
        ? Hash.of(slot.array())
        : Hash.of(NOT_HELD);
  }

  @Override
  void setSlot(int block, Hash hash) throws IOException {
    write(sidecar, ByteBuffer.wrap(hash.toBytes()), shape.slotAt(block));
  }

  @Override
  void drop(int block) throws IOException {
    write(sidecar, ByteBuffer.wrap(NOT_HELD), shape.slotAt(block));
  }

  @Override
  Optional<Seal> readSeal() throws IOException {
    ByteBuffer seal = ByteBuffer.allocate(Seal.BYTES);
    return readFully(sidecar, seal, SidecarHeader.BYTES)
        ? Seal.parse(seal.array())
        : Optional.empty();
  }

  @Override
  void writeSeal(Seal seal) throws IOException {
    write(sidecar, seal.encode(), SidecarHeader.BYTES);
  }

  @Override
  void removeSeal() throws IOException {
    write(sidecar, ByteBuffer.allocate(Seal.BYTES), SidecarHeader.BYTES);
  }

  @Override
  Slots readSlots() throws IOException {
    MessageDigest digest = DigestAlgorithm.SHA_256.newDigest();
    digest.update(header.encode());
    RoaringBitmap held = new RoaringBitmap();
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, shape.slotsEnd()));
    int block = shape.firstBlock();
    for (long at = ExtentShape.SLOTS_AT; at < shape.slotsEnd(); ) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), shape.slotsEnd() - at));
      // A sidecar that was cut short holds what is left; the rest reads as zeros.
      Arrays.fill(chunk.array(), (byte) 0);
      boolean whole = readFully(sidecar, chunk, at);
      int length = chunk.limit();
      digest.update(chunk.array(), 0, length);
      for (int i = 0; i < length; i += Hash.BYTES, block++) {
        if (!isZero(chunk.array(), i)) {
          held.add(block);
        }
      }
      at += length;
      if (!whole) {
        break;
      }
    }
    held.runOptimize();
    return new Slots(held, Hash.of(digest.digest()));
  }

  private static boolean isZero(byte[] bytes, int offset) {
    return Arrays.equals(bytes, offset, offset + Hash.BYTES, NOT_HELD, 0, Hash.BYTES);
  }

  @Override
  void force() throws IOException {
    force(data);
    force(sidecar);
  }

  @Override
  void delete() throws IOException {
    delete(sidecar);
    delete(data);
  }
}
