package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Span;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.store.RoomPlanner.Plan;
import org.p2pd.tree.SpanProof;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The block store in a directory. Layout, life cycles, trust and locks: the package documentation.
 *
 * <p>It is open from the first moment for what it holds. Room for new blocks is given once the
 * directory was looked through, which takes seconds for 100,000 editions.
 */
public final class DiskBlockStore implements BlockStore {

  private static final Logger log = LoggerFactory.getLogger(DiskBlockStore.class);
  private static final Duration LONGEST_WAIT_FOR_WALK = Duration.ofSeconds(2);
  private static final int TRIES = 3;

  private final StoreParts parts;
  private final DirectoryLock lock;
  private final Editions editions;
  private final Evictor evictor;
  private final StoreLimit limit;
  private final Housekeeper housekeeper;
  private final RoomPlanner planner;
  private final ProofKeeper proofs;
  private final ExtentReader reader;
  private final Prover prover;
  private volatile boolean closed;

  private DiskBlockStore(StoreParts parts, DirectoryLock lock) {
    this.parts = parts;
    this.lock = lock;
    this.editions = new Editions(parts);
    this.evictor = new Evictor(parts, editions);
    this.limit = new StoreLimit(parts);
    this.housekeeper = new Housekeeper(parts, editions, evictor, new Sealer(parts), limit);
    this.planner = new RoomPlanner(parts, editions);
    this.proofs = new ProofKeeper(parts);
    ExtentTrust trust = new ExtentTrust(parts);
    BlockVerifier verifier = new BlockVerifier(parts, trust, proofs);
    this.reader = new ExtentReader(parts, trust, verifier);
    this.prover = new Prover(parts, verifier, proofs);
  }

  /**
   * Opens the store in a directory, which is made if it does not exist.
   *
   * @throws StoreException if it cannot be used: in use by another process, not writable, of
   *     another format, or the limit too small; the message says what to do
   */
  public static DiskBlockStore open(StoreConfig config) {
    return open(config, Surroundings.real());
  }

  static DiskBlockStore open(StoreConfig config, Surroundings surroundings) {
    StoreOpening.Opened opened = new StoreOpening(config, surroundings).open();
    DiskBlockStore store = new DiskBlockStore(opened.parts(), opened.lock());
    store.housekeeper.begin(LONGEST_WAIT_FOR_WALK);
    return store;
  }

  @Override
  public BlockSize blockSize(Edition edition, int region) {
    return telling(
        () ->
            find(edition)
                .flatMap(stored -> stored.blockSizeAt((long) region * BlockSize.REGION_BYTES))
                .orElse(parts.config().blockSize()));
  }

  @Override
  public Optional<Edition> edition(EditionId id) {
    if (closed) {
      return Optional.empty();
    }
    Optional<StoredEdition> stored =
        editions.isComplete() ? editions.known(id) : editions.survey(id);
    return stored.flatMap(StoredEdition::edition);
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return telling(
        () ->
            range.last() < edition.lengthBytes()
                && find(edition).map(stored -> stored.holdsNow(range)).orElse(false));
  }

  @Override
  public long heldUntil(Edition edition, long position) {
    return telling(() -> find(edition).map(stored -> stored.heldUntil(position)).orElse(position));
  }

  @Override
  public HeldLeaves held(Edition edition) {
    return telling(
        () ->
            find(edition)
                .flatMap(StoredEdition::heldNow)
                .orElseGet(() -> HeldLeaves.none(edition)));
  }

  @Override
  public List<Holding> holdings() {
    return editions.all().stream()
        .map(StoredEdition::holding)
        .flatMap(Optional::stream)
        .filter(holding -> holding.heldBytes() > 0)
        .toList();
  }

  @Override
  public void listen(HeldListener listener) {
    parts.news().add(listener);
    editions.all().forEach(stored -> stored.introduce(listener));
    parts.news().tell();
  }

  /** Works, then tells what that has changed, as all locks of editions are left. */
  private <T> T telling(Supplier<T> work) {
    try {
      return work.get();
    } finally {
      parts.news().tell();
    }
  }

  @Override
  public Optional<Room> reserve(Edition edition, Span span) {
    return telling(() -> reserveNow(edition, span));
  }

  private Optional<Room> reserveNow(Edition edition, Span span) {
    if (closed || !editions.isComplete() || parts.writeFailures().pausing()) {
      return Optional.empty();
    }
    for (int tries = 0; tries < TRIES; tries++) {
      StoredEdition stored = editions.make(edition);
      Plan plan = planner.plan(stored, edition, span);
      if (plan instanceof Plan.Ready ready) {
        return Optional.of(ready.room());
      }
      if (stored.isDiscarded()) { // by the last room on it, after it was found here: no try of ours
        editions.forget(stored);
        tries--;
        continue;
      }
      if (stored.discardIfUnused()) {
        editions.forget(stored);
      }
      if (!(plan instanceof Plan.NoRoom missing) || !makeRoom(missing.bytes(), edition, span)) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Frees room; the extent that the span lies in is not what it is made from. */
  private boolean makeRoom(long bytes, Edition edition, Span span) {
    Optional<StoredEdition> stored = editions.known(edition.id());
    Optional<Extent> own =
        stored.flatMap(s -> s.lendForHashes(span.bytes(edition.lengthBytes()).first()));
    try {
      return evictor.makeRoom(bytes);
    } finally {
      own.ifPresent(extent -> stored.get().giveBack(extent));
    }
  }

  /** Room beside the store that is about to be used, until it was. */
  @FunctionalInterface
  public interface Beside {
    /** What was written is on disk now. */
    void written();
  }

  /**
   * Room for what the node itself is about to write into the directory beside the store: within the
   * limit, extents being evicted for it.
   *
   * @return nothing if there is none
   */
  public Optional<Beside> reserveBeside(long bytes) {
    if (bytes == 0) {
      return Optional.of(() -> {});
    }
    if (!limit.isKnown()) {
      return Optional.of(() -> limit.grew(bytes, false));
    }
    for (int tries = 0; tries < TRIES; tries++) {
      if (parts.ledger().reserve(bytes)) {
        return Optional.of(() -> limit.grew(bytes, true));
      }
      if (!evictor.makeRoom(bytes)) {
        break;
      }
    }
    return Optional.empty();
  }

  @Override
  public void keepProof(Edition edition, SpanProof proof) {
    if (!closed) {
      find(edition).ifPresent(stored -> proofs.keep(stored, edition, proof));
      parts.news().tell();
    }
  }

  @Override
  public int read(Edition edition, long position, ByteBuffer to) {
    if (position < 0) {
      throw new IllegalArgumentException("position " + position);
    }
    return telling(
        () -> find(edition).map(stored -> reader.read(stored, edition, position, to)).orElse(0));
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range) {
    if (parts.config().verifyReads()) {
      return Optional.empty();
    }
    return telling(() -> find(edition).flatMap(stored -> reader.filePart(stored, range)));
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    return telling(() -> find(edition).flatMap(stored -> prover.prove(stored, edition, span)));
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    if (oneBlock.blockCount() != 1) {
      throw new IllegalArgumentException(oneBlock + " is not one block");
    }
    return telling(
        () -> find(edition).flatMap(stored -> prover.leafHashes(stored, edition, oneBlock)));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Of an edition of which nothing is kept nothing is remembered. Entries above 64 KiB are not.
   */
  @Override
  public boolean describe(Edition edition, byte[] signedEntry) {
    if (closed || signedEntry.length > EditionRecord.MAX_ENTRY_BYTES) {
      return false;
    }
    Optional<StoredEdition> held = telling(() -> find(edition));
    held.ifPresent(
        stored ->
            stored.describe(new EditionRecord(edition, ByteBuffer.wrap(signedEntry.clone()))));
    return held.isPresent();
  }

  @Override
  public void touch(Edition edition) {
    editions.known(edition.id()).ifPresent(StoredEdition::touch);
  }

  @Override
  public void unnamed(Edition edition) {
    if (!closed) {
      find(edition).ifPresent(stored -> stored.setNamed(false));
      parts.news().tell();
    }
  }

  @Override
  public StoreStats stats() {
    Ledger.Balance balance = parts.ledger().balance();
    StoreCounters counters = parts.counters();
    return new StoreStats(
        balance.limit(),
        balance.used(),
        balance.reserved(),
        balance.unlinked(),
        (int) editions.all().stream().filter(StoredEdition::holdsAnything).count(),
        counters.heldBytes.sum(),
        counters.evictedExtents.sum(),
        counters.failedVerifications.sum(),
        counters.failedWrites.sum());
  }

  private Optional<StoredEdition> find(Edition edition) {
    return closed || edition.lengthBytes() == 0 ? Optional.empty() : editions.find(edition);
  }

  /** Does at once what the store's thread does every second. */
  void tidy() throws IOException {
    housekeeper.tidy();
  }

  Editions editions() {
    return editions;
  }

  StoreParts parts() {
    return parts;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    housekeeper.close();
    release();
  }

  /** Lets go as a killed process does: nothing more is written. For tests of what is left. */
  void abandon() {
    if (closed) {
      return;
    }
    closed = true;
    housekeeper.end();
    release();
  }

  private void release() {
    parts.files().close();
    try {
      lock.close();
    } catch (IOException e) {
      log.warn("cannot give back the lock of {}: {}", parts.paths().root(), e.toString());
    }
  }

  @Override
  public String toString() {
    return "disk[" + parts.paths().root() + "]";
  }
}
