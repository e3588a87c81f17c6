package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.store.StorePaths.ExtentName;
import org.p2pd.tree.TreeHasher;

/** What must be true of every store, whatever was done to it. */
final class StoreInvariants {

  private StoreInvariants() {}

  /** Of an open store that nobody is using at the moment. */
  static void check(TestStore test) throws IOException {
    check(test.store);
    test.told.matches(test.store);
  }

  private static void check(DiskBlockStore store) throws IOException {
    StoreParts parts = store.parts();
    Ledger.Balance balance = parts.ledger().balance();
    long onDisk = du(parts.paths().root());
    assertThat(balance.reserved()).as("reserved with no room open").isZero();
    assertThat(onDisk).as("du").isLessThanOrEqualTo(balance.used());
    assertThat(onDisk + deletedOpen(parts.paths().root()))
        .as("du and deleted but open")
        .isLessThanOrEqualTo(balance.used() + balance.unlinked())
        .isLessThanOrEqualTo(balance.limit());
    long held = 0;
    long charged = 0;
    for (StoredEdition stored : store.editions().all()) {
      charged += stored.charge();
      held += checkExtents(stored);
    }
    assertThat(charged).as("charges of editions").isLessThanOrEqualTo(balance.used());
    boolean allLoaded =
        store.editions().all().stream().noneMatch(s -> s.extents(e -> true).isEmpty());
    if (allLoaded) {
      assertThat(store.stats().heldBytes()).isEqualTo(held);
    }
    checkDirectory(parts.paths().root(), parts.label().extentBytes());
  }

  private static long checkExtents(StoredEdition stored) {
    long held = 0;
    for (Extent extent : stored.extents(e -> true)) {
      held += extent.heldBytes();
      assertThat(extent.held.contains(extent.trusted)).as("only held blocks are trusted").isTrue();
      assertThat(extent.rooms).isZero();
      assertThat(extent.writers).isZero();
      assertThat(extent.readers).isZero();
    }
    long sum = held;
    stored.heldNow().ifPresent(all -> assertThat(all.bytes()).isEqualTo(sum));
    return held;
  }

  /** Every slot that is set tells the hash of its block's data. */
  static void checkDirectory(Path root, long extentBytes) throws IOException {
    try (var files = Files.walk(root.resolve("editions"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        assertThat(name).doesNotEndWith(StorePaths.TEMPORARY);
        ExtentName extent = ExtentName.parse(name).orElse(null);
        if (extent != null && !extent.isData()) {
          checkExtent(file, extent, extentBytes);
        }
      }
    }
  }

  private static void checkExtent(Path sidecar, ExtentName name, long extentBytes)
      throws IOException {
    Path data =
        sidecar.resolveSibling(new ExtentName(name.index(), name.generation(), true).fileName());
    byte[] record = Files.readAllBytes(sidecar.resolveSibling("edition"));
    Edition edition = EditionRecord.parse(record).orElseThrow().edition();
    assertThat(sidecar.getParent().getFileName()).hasToString(edition.id().hash().toHex());
    TreeHasher hasher = new TreeHasher(edition.digest());
    byte[] all = Files.readAllBytes(sidecar);
    BlockSize size = new BlockSize(ByteBuffer.wrap(all).getInt(12));
    ExtentShape shape = new ExtentShape(edition.lengthBytes(), extentBytes, name.index(), size);
    assertThat(Files.size(data)).isLessThanOrEqualTo(shape.lengthBytes());
    try (var bytes = Files.newByteChannel(data)) {
      int end = shape.firstBlock() + shape.blockCount();
      for (int block = shape.firstBlock(); block < end; block++) {
        int at = (int) shape.slotAt(block);
        if (at + Hash.BYTES <= all.length && !isZero(all, at)) {
          ByteBuffer content = ByteBuffer.allocate(shape.blockLength(block));
          bytes.position(shape.blockAt(block)).read(content);
          assertThat(hasher.block(content.flip())).isEqualTo(Hash.of(all, at));
        }
      }
    }
  }

  private static boolean isZero(byte[] bytes, int at) {
    return Arrays.equals(bytes, at, at + Hash.BYTES, new byte[Hash.BYTES], 0, Hash.BYTES);
  }

  /** What {@code du} says. */
  static long du(Path root) throws IOException {
    long bytes = 0;
    try (var files = Files.walk(root)) {
      for (Path file : files.toList()) {
        bytes += AllocatedSize.of(file);
      }
    }
    return bytes;
  }

  static long deletedOpen(Path root) throws IOException {
    long bytes = 0;
    for (Map.Entry<Path, Path> file : DeletedFiles.openBelow(root).entrySet()) {
      bytes += AllocatedSize.ofTarget(file.getValue());
    }
    return bytes;
  }
}
