package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.store.Records.Seal;
import org.roaringbitmap.RoaringBitmap;

/** The plain file of an edition of one block. Its hash is the edition's root. */
final class OneBlockFile extends ExtentFiles {

  private static final Hash NO_SLOTS = Hash.of(DigestAlgorithm.SHA_256.newDigest().digest());

  private final Path file;
  private final Edition edition;

  OneBlockFile(StoreParts parts, Edition edition) {
    super(parts);
    this.file = parts.paths().block(edition.id());
    this.edition = edition;
  }

  @Override
  Path data() {
    return file;
  }

  @Override
  boolean exist() {
    return Files.exists(file);
  }

  @Override
  void create() {
    // The file appears with its block.
  }

  @Override
  void write(int block, ByteBuffer data, Hash hash) throws IOException {
    parts.files().forget(file);
    parts.disk().replace(file, data, false);
  }

  @Override
  Hash slot(int block) {
    return edition.root();
  }

  @Override
  void setSlot(int block, Hash hash) {
    throw new IllegalStateException("the root of " + edition + " cannot change");
  }

  @Override
  void drop(int block) throws IOException {
    delete(file);
  }

  @Override
  Optional<Seal> readSeal() {
    return Optional.empty();
  }

  @Override
  void writeSeal(Seal seal) {
    // Verified once in every life instead.
  }

  @Override
  void removeSeal() {
    // There is none.
  }

  @Override
  Slots readSlots() {
    boolean held = Files.isRegularFile(file);
    return new Slots(held ? RoaringBitmap.bitmapOf(0) : new RoaringBitmap(), NO_SLOTS);
  }

  @Override
  void force() throws IOException {
    force(file);
  }

  @Override
  void delete() throws IOException {
    delete(file);
  }
}
