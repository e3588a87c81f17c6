package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.store.EvictionOrder.Candidate;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.store.Records.Id16;
import org.p2pd.store.Records.Label;
import org.p2pd.store.Records.Seal;
import org.p2pd.store.Records.SidecarHeader;
import org.p2pd.store.StorePaths.ExtentName;
import org.p2pd.tree.TreeNode;

/** The pure parts, and the ones that look at the machine. */
class StorePiecesTest {

  private static final long MIB = 1L << 20;

  @Nested
  class Places {

    @Test
    void theChildrenOfAnyNodeShareAPageAndNoTwoNodesAPlace() {
      for (int level = 1; level <= 30; level++) {
        for (long index : new long[] {0, 1, 5, 63, 64}) {
          TreeNode node = new TreeNode(level, index);
          HashPlace left = HashPlace.of(node.left());
          HashPlace right = HashPlace.of(node.right());
          assertThat(left.tier()).isEqualTo(right.tier());
          assertThat(left.page()).isEqualTo(right.page());
        }
      }
      Set<HashPlace> seen = new HashSet<>();
      for (int level = 0; level < 6; level++) {
        for (long index = 0; index < (128 >> level); index++) {
          HashPlace place = HashPlace.of(new TreeNode(level, index));
          assertThat(place.tier()).isZero();
          assertThat(place.slot()).isBetween(0, 125);
          assertThat(seen.add(place)).isTrue();
        }
      }
      assertThat(seen).hasSize(252);
    }

    @Test
    void pagesOfASidecarAndOfATreeDoNotOverlapAndFillItsLength() {
      long length = 9000 * MIB + 1;
      ExtentShape shape = new ExtentShape(length, 128 * MIB, 70, new BlockSize(16_384));
      Set<Long> pages = new HashSet<>();
      for (long region = 70 * 128; region < 9001 && region < 71 * 128; region++) {
        pages.add(shape.pageAt(HashPlace.of(new TreeNode(0, region * 64))));
        pages.add(shape.pageAt(HashPlace.of(new TreeNode(6, region))));
      }
      assertThat(pages).allMatch(at -> at % 4096 == 0 && at >= shape.slotsEnd());
      assertThat(pages).hasSize(41 + 1);
      assertThat(pages).contains(shape.sidecarBytes() - 4096);
      Set<Long> tree = new HashSet<>();
      for (long index = 0; index < 141; index++) {
        tree.add(HashPlace.of(new TreeNode(12, index)).treeFileAt(length));
      }
      tree.add(HashPlace.of(new TreeNode(18, 0)).treeFileAt(length));
      assertThat(tree).hasSize(4).contains(HashPlace.treeFileBytes(length) - 4096);
      assertThat(HashPlace.treeFileBytes(64 * MIB)).isZero();
    }

    @Test
    void aPageThatIsTornOrAnotherOneIsEmpty() {
      Hash hash = Hash.of(DigestAlgorithm.SHA_256.newDigest().digest());
      HashPage page = HashPage.parse(new byte[HashPage.BYTES], 7);
      assertThat(page.isEmpty()).isTrue();
      assertThat(page.put(125, hash)).isTrue();
      assertThat(page.put(125, hash)).isFalse();
      byte[] bytes = page.seal(7).array();
      assertThat(HashPage.parse(bytes.clone(), 7).get(125)).contains(hash);
      assertThat(HashPage.parse(bytes.clone(), 7).get(124)).isEmpty();
      assertThat(HashPage.parse(bytes.clone(), 8).get(125)).isEmpty();
      bytes[4000] ^= 1;
      assertThat(HashPage.parse(bytes, 7).get(125)).isEmpty();
    }
  }

  @Nested
  class BinaryRecords {

    private final Edition edition =
        new Edition(DigestAlgorithm.SHA3_256, 200 * MIB, Hash.of(new byte[32]));
    private final Label label = new Label(new Id16(3, 4), 64 * MIB, 9);

    @Test
    void readWhatWasWrittenAndNothingThatWasChanged() {
      EditionRecord record = new EditionRecord(edition, ByteBuffer.wrap(new byte[] {1, 2, 3}));
      byte[] bytes = record.encode().array();
      assertThat(bytes).hasSize(67);
      assertThat(EditionRecord.parse(bytes)).contains(record);
      assertThat(Label.parse(label.encode().array())).contains(label);
      Seal seal = new Seal(true, new FileStamp(1, 2, 3, 4), new Id16(5, 6), Hash.of(new byte[32]));
      assertThat(Seal.parse(seal.encode().array())).contains(seal);
      for (byte[] each : List.of(bytes, label.encode().array(), seal.encode().array())) {
        for (int i = 0; i < each.length; i++) {
          byte[] changed = each.clone();
          changed[i] ^= 16;
          boolean read =
              EditionRecord.parse(changed).isPresent()
                  || Label.parse(changed).isPresent()
                  || (changed.length == Seal.BYTES && Seal.parse(changed).isPresent());
          assertThat(read).as("byte %d", i).isFalse();
        }
      }
      assertThat(EditionRecord.parse(new byte[0])).isEmpty();
      assertThat(Label.formatOf(new byte[3])).isZero();
    }

    @Test
    void aSidecarBelongsToOneExtentOfOneEditionInOneStore() {
      ExtentName name = new ExtentName(2, 77, false);
      ExtentShape shape = new ExtentShape(200 * MIB, 64 * MIB, 2, new BlockSize(32_768));
      byte[] header = new SidecarHeader(edition.id(), shape, 77, label.storeId()).encode().array();
      assertThat(parse(header, label, name)).contains(new BlockSize(32_768));
      assertThat(parse(header, label, new ExtentName(2, 78, false))).isEmpty();
      assertThat(parse(header, label, new ExtentName(1, 77, false))).isEmpty();
      assertThat(parse(header, label, new ExtentName(9, 77, false))).isEmpty();
      assertThat(parse(header, new Label(new Id16(3, 5), 64 * MIB, 9), name)).isEmpty();
    }

    private Optional<BlockSize> parse(byte[] header, Label store, ExtentName name) {
      return SidecarHeader.parse(header, edition.id(), edition.lengthBytes(), store, name);
    }

    @Test
    void namesReadAsTheyAreWritten() {
      ExtentName name = new ExtentName(12, 0x1_0000_002aL, true);
      assertThat(name.fileName()).isEqualTo("12.000000010000002a.data");
      assertThat(ExtentName.parse(name.fileName())).contains(name);
      assertThat(ExtentName.parse("12.2a.data")).isEmpty();
      assertThat(ExtentName.parse("edition")).isEmpty();
      String id = edition.id().hash().toHex();
      assertThat(StorePaths.editionOf(id)).contains(edition.id());
      assertThat(StorePaths.editionOf(id + ".block")).contains(edition.id());
      assertThat(StorePaths.editionOf(id + ".other")).isEmpty();
      assertThat(StorePaths.editionOf("x")).isEmpty();
    }
  }

  @Test
  void evictionTakesTheUnnamedThenTheLongestUnwantedThenTails() {
    List<Candidate<String>> candidates =
        List.of(
            new Candidate<>("young", true, 20, 20, 0, 1),
            new Candidate<>("old used", true, 10, 15, 0, 1),
            new Candidate<>("old head", true, 10, 11, 0, 1),
            new Candidate<>("old tail", true, 10, 11, 5, 1),
            new Candidate<>("unnamed", false, 30, 30, 0, 1));
    var queue = EvictionOrder.queue(candidates);
    List<String> order = new ArrayList<>();
    while (!queue.isEmpty()) {
      order.add(queue.poll().what());
    }
    assertThat(order).containsExactly("unnamed", "old tail", "old head", "old used", "young");
  }

  @Test
  void theLedgerNeverPromisesMoreThanTheLimit() {
    Ledger ledger = new Ledger();
    assertThat(ledger.reserve(1)).isFalse();
    ledger.setLimit(100);
    ledger.found(50);
    assertThat(ledger.reserve(50)).isTrue();
    assertThat(ledger.missing(7)).isEqualTo(7);
    ledger.use(20);
    ledger.giveBack(30);
    ledger.unlink(40);
    assertThat(ledger.missing(31)).isEqualTo(1);
    ledger.gone(40);
    ledger.free(30);
    assertThat(ledger.balance()).isEqualTo(new Ledger.Balance(100, 0, 0, 0));
  }

  @Nested
  class Machine {

    @TempDir Path directory;

    @Test
    void allocationIsCountedNotLength() throws IOException {
      Path file = directory.resolve("sp\u00e4rlich file");
      new Disk(Disk.Faults.NONE).createSparse(file, new byte[0], 100 * MIB);
      assertThat(Files.size(file)).isEqualTo(100 * MIB);
      assertThat(AllocatedSize.of(file)).isBetween(1L, 64L * 1024);
    }

    @Test
    void deletedFilesThatAreOpenAreFound() throws IOException {
      Path root = directory.toRealPath();
      Path file = Files.write(root.resolve("1.data"), new byte[10_000]);
      try (FileChannel open = FileChannel.open(file)) {
        assertThat(DeletedFiles.openBelow(root)).isEmpty();
        Files.delete(file);
        assertThat(DeletedFiles.openBelow(root)).containsOnlyKeys(file);
        assertThat(open.size()).isEqualTo(10_000);
      }
      assertThat(DeletedFiles.openBelow(root)).isEmpty();
    }

    @Test
    void aStampShowsEveryWrite() throws IOException {
      Path file = Files.write(directory.resolve("f"), new byte[10]);
      FileStamp before = FileStamp.of(file);
      assertThat(FileStamp.of(file)).isEqualTo(before);
      Files.write(file, new byte[11], StandardOpenOption.TRUNCATE_EXISTING);
      assertThat(FileStamp.of(file)).isNotEqualTo(before);
    }

    @Test
    void openFilesAreBoundedReopenedAndForgotten() throws IOException {
      OpenFiles files = new OpenFiles(2);
      List<FileChannel> channels = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Path file = Files.write(directory.resolve("f" + i), new byte[1]);
        try (OpenFiles.Loan loan = files.lend(file)) {
          channels.add(loan.channel());
        }
      }
      assertThat(channels.stream().filter(FileChannel::isOpen)).hasSize(2);
      channels.get(3).close(); // as an interrupt does
      try (OpenFiles.Loan loan = files.lend(directory.resolve("f3"))) {
        assertThat(loan.channel().isOpen()).isTrue();
        files.forget(directory.resolve("f3"));
        assertThat(loan.channel().isOpen()).isTrue();
        channels.add(loan.channel());
      }
      files.close();
      assertThat(channels).noneMatch(FileChannel::isOpen);
    }
  }
}
