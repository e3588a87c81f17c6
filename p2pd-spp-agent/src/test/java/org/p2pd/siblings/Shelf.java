package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;
import org.p2pd.spp.TestEdition;
import org.p2pd.store.BlockStore;
import org.p2pd.store.DiskBlockStore;
import org.p2pd.store.StoreConfig;
import org.p2pd.tree.TreeHasher;

/** A real store with a limit, and the hands that fill it. */
final class Shelf implements AutoCloseable {

  static final BlockSize SIZE = BlockSize.DEFAULT;

  final BlockStore store;

  Shelf(Path directory, long limitBytes) {
    store =
        DiskBlockStore.open(new StoreConfig(directory, OptionalLong.of(limitBytes), SIZE, false));
  }

  /** Puts blocks, for which there must be room. */
  void put(TestEdition film, int firstBlock, int count) {
    for (int block = firstBlock; block < firstBlock + count; block++) {
      assertThat(tryPut(film, block)).isTrue();
    }
  }

  /** Puts a block, if there is room. */
  boolean tryPut(TestEdition film, int block) {
    ByteRange range =
        ByteRange.ofLength(SIZE.start(block), SIZE.lengthOf(block, film.edition.lengthBytes()));
    ByteBuffer bytes = ByteBuffer.wrap(film.slice(range.first(), range.last()));
    Optional<BlockStore.Room> room = store.reserve(film.edition, new Span(SIZE, block, 1));
    if (room.isEmpty()) {
      return false;
    }
    try (BlockStore.Room open = room.get()) {
      return open.put(block, bytes, new TreeHasher(film.edition.digest()).block(bytes.duplicate()));
    }
  }

  void putAll(TestEdition film) {
    put(film, 0, SIZE.blockCount(film.edition.lengthBytes()));
  }

  @Override
  public void close() {
    store.close();
  }
}
