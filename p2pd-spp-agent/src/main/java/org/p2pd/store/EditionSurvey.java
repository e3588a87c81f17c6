package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.store.Records.Seal;
import org.p2pd.store.Records.SidecarHeader;
import org.p2pd.store.StorePaths.ExtentName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies on disk of one edition: what it takes, and, once the edition is asked for, its extents.
 * Removes what a crash left half done. Called under the monitor of the edition.
 */
final class EditionSurvey {

  private static final Logger log = LoggerFactory.getLogger(EditionSurvey.class);

  private final StoreParts parts;
  private final EditionId id;

  EditionSurvey(StoreParts parts, EditionId id) {
    this.parts = parts;
    this.id = id;
  }

  /**
   * What an edition takes, without looking into its files.
   *
   * @param charge of everything
   * @param ownCharge of everything but its extents
   * @param lengthBytes of the edition, as far as its files tell; 0 if they do not
   * @param dataBytes allocated to blocks: about what is held
   */
  record Summary(
      boolean oneBlock,
      long charge,
      long ownCharge,
      long lengthBytes,
      long dataBytes,
      long recordedMillis,
      boolean named,
      boolean exists,
      List<ExtentName> extents) {

    /** How much is held; nothing if the edition's length is not known. */
    Optional<Holding> holding(EditionId id) {
      return lengthBytes == 0
          ? Optional.empty()
          : Optional.of(
              new Holding(
                  id, oneBlock ? lengthBytes : Math.min(dataBytes, lengthBytes), lengthBytes));
    }
  }

  Summary summarise() throws IOException {
    Path block = parts.paths().block(id);
    Path directory = parts.paths().directory(id);
    boolean named = !Files.exists(parts.paths().unnamed(id, true));
    if (Files.isRegularFile(block)) {
      removeTree(directory);
      long data = AllocatedSize.of(block);
      long own = recordCharge(true);
      return new Summary(
          true,
          own + whole(data),
          own,
          Files.size(block),
          data,
          modified(block),
          named,
          true,
          List.of());
    }
    parts.disk().delete(parts.paths().record(id, true));
    parts.disk().delete(parts.paths().unnamed(id, true));
    return Files.isDirectory(directory) ? summarise(directory) : nothing();
  }

  private static Summary nothing() {
    return new Summary(false, 0, 0, 0, 0, 0, true, false, List.of());
  }

  private Summary summarise(Path directory) throws IOException {
    Map<ExtentName, ExtentName> slotsOf = new HashMap<>();
    List<ExtentName> data = new ArrayList<>();
    long own = Charges.rounded(AllocatedSize.of(directory)) + Charges.DIRECTORY;
    long extents = 0;
    long dataBytes = 0;
    boolean named = true;
    for (Path file : list(directory)) {
      String name = String.valueOf(file.getFileName());
      if (name.endsWith(StorePaths.TEMPORARY)) {
        parts.disk().delete(file);
        continue;
      }
      long allocated = AllocatedSize.of(file);
      Optional<ExtentName> extent = ExtentName.parse(name);
      own += Charges.ENTRY + (extent.isPresent() ? 0 : whole(allocated));
      own += name.equals("tree") ? Charges.tree(Files.size(file)) : 0;
      extents += extent.isPresent() ? whole(allocated) : 0;
      extent.filter(ExtentName::isData).ifPresent(data::add);
      extent.filter(e -> !e.isData()).ifPresent(e -> slotsOf.put(dataOf(e), e));
      dataBytes += extent.isPresent() && extent.get().isData() ? allocated : 0;
      named &= !name.equals("unnamed");
    }
    List<ExtentName> whole = removeHalves(data, slotsOf);
    if (whole.isEmpty()) {
      removeTree(directory);
      return nothing();
    }
    long recorded = modified(parts.paths().record(id, false));
    return new Summary(
        false, own + extents, own, lengthOf(whole), dataBytes, recorded, named, true, whole);
  }

  /**
   * The edition's length, from the name and the size of its last extent: that spares a look into a
   * file, but where the extent is a full one and may not be the edition's last.
   */
  private long lengthOf(List<ExtentName> extents) throws IOException {
    ExtentName last = Collections.max(extents, Comparator.comparing(ExtentName::index));
    long extentBytes = parts.label().extentBytes();
    if (last.index() >= Edition.MAX_LENGTH_BYTES / extentBytes) {
      return 0; // no file of ours
    }
    long size = Files.size(parts.paths().extentFile(id, last));
    return size < extentBytes
        ? last.index() * extentBytes + size
        : readRecord(false).map(record -> record.edition().lengthBytes()).orElse(0L);
  }

  /** Keeps the extents that have both files; of several generations of one, the latest. */
  private List<ExtentName> removeHalves(List<ExtentName> data, Map<ExtentName, ExtentName> slotsOf)
      throws IOException {
    Map<Integer, ExtentName> latest = new HashMap<>();
    for (ExtentName extent : data) {
      ExtentName other = latest.get(extent.index());
      boolean better = other == null || other.generation() < extent.generation();
      if (slotsOf.containsKey(extent) && better) {
        latest.put(extent.index(), extent);
      }
    }
    for (ExtentName slots : slotsOf.values()) {
      if (!latest.containsValue(dataOf(slots))) {
        removeHalf(slots);
      }
    }
    for (ExtentName extent : data) {
      if (!latest.containsValue(extent)) {
        removeHalf(extent);
      }
    }
    return List.copyOf(latest.values());
  }

  private void removeHalf(ExtentName name) throws IOException {
    Path file = parts.paths().extentFile(id, name);
    log.info("removed {}: its making or its eviction was interrupted", file);
    parts.disk().delete(file);
  }

  private static ExtentName dataOf(ExtentName slots) {
    return new ExtentName(slots.index(), slots.generation(), true);
  }

  /** The extents as they can be used, with their charges. Damaged ones are removed. */
  List<Extent> load(Edition edition, Summary summary) throws IOException {
    if (summary.oneBlock()) {
      return loadOneBlock(edition);
    }
    List<Extent> extents = new ArrayList<>();
    for (ExtentName name : summary.extents()) {
      Path sidecar = parts.paths().extentFile(id, slotsOf(name));
      byte[] header = readStart(sidecar, SidecarHeader.BYTES);
      Optional<BlockSize> blockSize =
          SidecarHeader.parse(header, id, edition.lengthBytes(), parts.label(), name);
      if (blockSize.isEmpty()) {
        log.warn("removed {}: its header is damaged; what it held will be fetched again", sidecar);
        parts.disk().delete(sidecar);
        parts.disk().delete(parts.paths().extentFile(id, name));
        continue;
      }
      extents.add(load(edition, name, blockSize.get()));
    }
    return extents;
  }

  private Extent load(Edition edition, ExtentName name, BlockSize blockSize) throws IOException {
    ExtentShape shape =
        new ExtentShape(
            edition.lengthBytes(), parts.label().extentBytes(), name.index(), blockSize);
    ExtentFiles files = parts.files(id, shape, name.generation());
    ExtentFiles.Slots slots = files.readSlots();
    Extent extent = newExtent(shape, files, slots);
    extent.created = true;
    extent.begun = true;
    Path sidecar = parts.paths().extentFile(id, slotsOf(name));
    extent.charge =
        whole(AllocatedSize.of(files.data()))
            + Charges.sparseFile(shape.lengthBytes())
            + whole(AllocatedSize.of(sidecar))
            + Charges.slotsToCome(shape)
            + Charges.sparseFile(shape.sidecarBytes());
    Optional<Seal> seal = files.readSeal();
    extent.sealOnDisk = seal.isPresent();
    if (seal.isPresent() && !seal.get().slots().equals(slots.digest())) {
      log.warn("the slots in {} were changed: all its blocks will be verified again", sidecar);
      seal = Optional.empty();
    }
    seal.filter(s -> s.durable() || s.bootId().equals(parts.bootId()))
        .ifPresent(
            s -> {
              extent.trusted.or(extent.held);
              extent.stamp = s.stamp();
              extent.sealed = true;
            });
    return extent;
  }

  private List<Extent> loadOneBlock(Edition edition) throws IOException {
    if (edition.lengthBytes() == 0 || edition.lengthBytes() > BlockSize.REGION_BYTES) {
      return List.of();
    }
    Extent extent = newOneBlock(edition, parts.config().blockSize());
    extent.charge = whole(AllocatedSize.of(extent.files.data()));
    return List.of(extent);
  }

  /** An edition that is kept as one plain file, in blocks of at least the size preferred. */
  Extent newOneBlock(Edition edition, BlockSize preferred) {
    int bytes = preferred.bytes();
    while (bytes < edition.lengthBytes()) {
      bytes *= 2;
    }
    ExtentShape shape =
        new ExtentShape(
            edition.lengthBytes(), parts.label().extentBytes(), 0, new BlockSize(bytes));
    OneBlockFile file = new OneBlockFile(parts, edition);
    return newExtent(shape, file, file.readSlots());
  }

  private Extent newExtent(ExtentShape shape, ExtentFiles files, ExtentFiles.Slots slots) {
    Extent extent =
        new Extent(shape, files, slots.held(), parts.now(), parts.surroundings().clock().millis());
    extent.created = !slots.held().isEmpty();
    extent.begun = extent.created;
    return extent;
  }

  /** What the record says; nothing if it is not there or damaged. */
  Optional<EditionRecord> readRecord(boolean oneBlock) {
    try {
      Path file = parts.paths().record(id, oneBlock);
      if (Files.size(file) > EditionRecord.MAX_ENTRY_BYTES + 64) {
        return Optional.empty();
      }
      return EditionRecord.parse(Files.readAllBytes(file))
          .filter(record -> record.edition().id().equals(id));
    } catch (IOException e) {
      // As good as none: whoever asks for the edition brings what the record would say.
      return Optional.empty();
    }
  }

  private static ExtentName slotsOf(ExtentName data) {
    return new ExtentName(data.index(), data.generation(), false);
  }

  private byte[] readStart(Path file, int bytes) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(bytes);
    try (OpenFiles.Loan loan = parts.files().lend(file)) {
      int n = 0;
      while (to.hasRemaining() && n >= 0) {
        n = loan.channel().read(to, to.position());
      }
    }
    return to.array();
  }

  /** Removes all that is there of the edition. */
  void removeAll() throws IOException {
    parts.files().forget(parts.paths().block(id));
    parts.disk().delete(parts.paths().block(id));
    parts.disk().delete(parts.paths().record(id, true));
    parts.disk().delete(parts.paths().unnamed(id, true));
    removeTree(parts.paths().directory(id));
  }

  /** Removes a directory of ours and the files in it. */
  void removeTree(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    for (Path file : list(directory)) {
      parts.files().forget(file);
      parts.disk().delete(file);
    }
    parts.disk().delete(directory);
  }

  private static List<Path> list(Path directory) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(files::add);
    }
    return files;
  }

  private static long modified(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (NoSuchFileException e) {
      return 0; // wanted longer ago than anything else
    }
  }

  /** What the record is charged; 0 if there is none. */
  long recordCharge(boolean oneBlock) throws IOException {
    Path record = parts.paths().record(id, oneBlock);
    return Files.exists(record) ? whole(AllocatedSize.of(record)) : 0;
  }

  /** The file system may not have placed all of it yet. */
  private static long whole(long allocatedBytes) {
    return Charges.wholeFile(allocatedBytes);
  }
}
