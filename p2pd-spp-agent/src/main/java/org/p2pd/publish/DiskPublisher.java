package org.p2pd.publish;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Content;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publisher on a real disk: puts the parts together and takes them apart.
 *
 * <p>Threads: {@code p2pd-publish} (decides), {@code p2pd-publish-scan} (looks at directories),
 * {@code p2pd-publish-events} (reads inotify), {@code p2pd-publish-hash-N}. They talk to the first
 * one only through {@link PublishLoop#execute}; files are read by whoever reads the content.
 */
final class DiskPublisher implements Publisher {

  private static final Logger log = LoggerFactory.getLogger(DiskPublisher.class);
  private static final String ACCEPT_REMOVALS = "accept-removals";
  private static final int MOST_RECHECKS_WAITING = 16;

  private final PublisherConfig config;
  private final PublicTree tree;
  private final Finder finder;
  private final FileLook look;
  private final Troubles troubles = new Troubles();
  private final HashFiles hashFiles;
  private final HashIndex index;
  private final HashQueue hashQueue = new HashQueue();
  private final Semaphore rechecks = new Semaphore(MOST_RECHECKS_WAITING);
  private final PublishLoop loop;
  private final Editions editions;
  private final OpenFiles openFiles;
  private final PinnedFiles pinned;
  private final MediaContent content;
  private final TrackedTitles titles = new TrackedTitles();
  private final Removals removals;
  private final TitlePhases phases;
  private final Publication publication;
  private final Census census;
  private final HashWorkers workers;
  private final Scanner scanner;
  private final @Nullable DirectoryWatch watch;
  private volatile int published;
  private volatile int unready;
  private volatile int withheld;

  /**
   * @param opened what has to be closed if this or what follows fails
   */
  private DiskPublisher(PublisherConfig config, PublicationListener listener, Opened opened)
      throws IOException {
    this.config = config;
    this.tree = new PublicTree(config.publicDirectory());
    if (NodeDirectories.isOne(tree.root())) {
      throw new IOException(
          "a node keeps its keys or blocks there, which must not be published: name another"
              + " directory with -p");
    }
    Optional<Libc> libc = libc();
    this.finder = Finder.of(tree, config.followSymlinks(), libc.orElse(null));
    this.look = new FileLook(tree, finder);
    Path directory = Files.createDirectories(config.stateDirectory().resolve("publish"));
    this.hashFiles = new HashFiles(directory);
    this.index = opened.add(HashIndex.open(directory.resolve("index.mv")));
    boolean local = libc.isPresent() && isLocal(libc.get());
    this.loop = new PublishLoop(this::tick, this::untilNext, this::endOfLoop);
    this.editions = new Editions(title -> loop.execute(() -> publication().examine(title)));
    this.openFiles = new OpenFiles(hashFiles, finder);
    this.pinned = new PinnedFiles(libc.orElse(null), finder, config.ticker());
    BufferPool memory = new BufferPool(config.memoryBytes());
    List<ByteBuffer> hashBuffers = memory.keep(config.affordableHashThreads());
    this.content =
        new MediaContent(
            editions,
            openFiles,
            pinned,
            memory,
            new ProofBuffers(memory.keep(1).get(0)),
            config.trustFiles(),
            title -> loop.execute(() -> publication().suspected(title)));
    Surroundings around = new Around();
    this.removals =
        new Removals(
            new RemovalGuard(index),
            new Removals.Places(config.publicDirectory(), config.stateDirectory()),
            titles,
            editions,
            around,
            listener,
            troubles,
            config.ticker());
    FirstScan firstScan =
        new FirstScan(
            listener::listed,
            () -> {
              around.firstScanDone(titles.in(Tracked.Phase.HASHING));
              listener.scanComplete();
            });
    Pace pace = new Pace(config.settle(), local, config.clock(), config.ticker());
    this.phases =
        new TitlePhases(
            tree, pace, around, editions, listener, troubles, titles, removals, firstScan);
    this.publication = new Publication(pace, around, titles, removals, phases);
    this.census = new Census(publication, titles, removals, firstScan, around, config.ticker());
    this.workers =
        new HashWorkers(
            hashQueue,
            config.digest(),
            hashBuffers,
            outcome -> loop.execute(() -> publication().hashed(outcome)));
    this.watch = local && libc.isPresent() ? openWatch(libc.get(), opened) : null;
    Duration blind = PublisherConfig.BLIND_SCAN_INTERVAL;
    boolean sees = watch != null || config.scanInterval().compareTo(blind) < 0;
    this.scanner =
        new Scanner(
            tree,
            finder,
            sees ? config.scanInterval() : blind,
            this::entering,
            troubles,
            config.ticker(),
            snapshot -> loop.execute(() -> census().scanned(snapshot)));
  }

  static DiskPublisher open(
      PublisherConfig config, Map<Title, Edition> known, PublicationListener listener)
      throws IOException {
    Opened opened = new Opened();
    try {
      DiskPublisher publisher = new DiskPublisher(config, listener, opened);
      publisher.load(known);
      publisher.start();
      return publisher;
    } catch (IOException | RuntimeException | Error e) {
      opened.closeAll(); // or its lock would be in the way of the next attempt
      throw e;
    }
  }

  /** What has a lock or a thread before the publisher is begun, which closes it from then on. */
  private static final class Opened {
    private final Deque<AutoCloseable> latestFirst = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T one) {
      latestFirst.push(one);
      return one;
    }

    void closeAll() {
      for (AutoCloseable one : latestFirst) {
        try {
          one.close();
        } catch (Exception e) {
          // Why it was given up is what the caller hears.
          log.debug("closing {}", one, e);
        }
      }
    }
  }

  /** Loads what is remembered. */
  private void load(Map<Title, Edition> known) {
    known.keySet().forEach(phases::known);
    index.forEach(
        (title, entry) ->
            phases.remembered(
                title, entry.stat(), entry.edition(known.get(title)), entry.fileDate()));
    rememberedDevice().ifPresent(removals.guard()::expectDevice);
    index.forEachWithheld(
        (title, reason) -> {
          if (titles.get(title) != null) {
            removals.guard().remembered(title, reason);
          }
        });
    hashFiles.sweep(editions::has);
  }

  /** Starts the threads, which own what was loaded from then on. */
  private void start() {
    workers.start();
    loop.start();
    scanner.start();
  }

  private Census census() {
    return census;
  }

  private Publication publication() {
    return publication;
  }

  private static Optional<Libc> libc() {
    try {
      return Optional.of(Libc.load());
    } catch (IOException e) {
      log.warn("changes are found by scanning only: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private boolean isLocal(Libc libc) {
    try {
      boolean local = FileSystemKind.of(libc, tree.root()) == FileSystemKind.LOCAL;
      if (!local) {
        log.info(
            "{} is on a network file system: changes are found by scanning, and a file counts as"
                + " copied after {} s of quiet",
            tree.root(),
            config.settle().toSeconds());
      }
      return local;
    } catch (IOException e) {
      return false; // not there yet: the scan says so
    }
  }

  private @Nullable DirectoryWatch openWatch(Libc libc, Opened opened) {
    try {
      return opened.add(
          DirectoryWatch.open(libc, new EventInbox(tree, loop, new Events()), troubles));
    } catch (IOException e) {
      troubles.report(
          Troubles.Group.EVENTS,
          "events",
          "events of files cannot be had ("
              + e.getMessage()
              + "), changes are found by scanning; raise the limit with:"
              + " sysctl fs.inotify.max_user_instances=1024");
      return null;
    }
  }

  private void entering(Path directory, Finding found) {
    if (watch != null) {
      watch.watch(directory, found);
    }
  }

  // The publishing thread.

  private void tick() {
    publication.tick();
    census.tick();
    published = titles.inCatalogue();
    unready = titles.size() - published;
    withheld = removals.withheldCount();
  }

  private long untilNext() {
    return publication.untilNext(census.untilNext());
  }

  private void endOfLoop() {
    index.close();
  }

  /** The device counts only within one boot. */
  private OptionalLong rememberedDevice() {
    String prefix = bootId() + " ";
    return index
        .rootMark()
        .filter(mark -> mark.startsWith(prefix))
        .map(mark -> OptionalLong.of(Long.parseLong(mark.substring(prefix.length()))))
        .orElse(OptionalLong.empty());
  }

  private static String bootId() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII)
          .strip();
    } catch (IOException e) {
      return "unknown-" + ProcessHandle.current().pid(); // then it counts within this process
    }
  }

  // What everyone may call.

  @Override
  public Content content() {
    return content;
  }

  @Override
  public OptionalInt percent(Title title) {
    return hashQueue.percent(title);
  }

  @Override
  public void wanted(Title title) {
    hashQueue.want(title);
  }

  @Override
  public void mismatchReported(Edition edition, ByteRange range) {
    if (!rechecks.tryAcquire()) {
      return; // Enough are waiting; a file that is wrong is reported again.
    }
    loop.execute(
        () -> {
          rechecks.release();
          content.recheck(edition, range);
        });
  }

  @Override
  public List<String> problems() {
    return troubles.sentences();
  }

  @Override
  public PublisherStats stats() {
    return new PublisherStats(
        published, unready, workers.hashedBytes(), content.failedVerifications(), withheld);
  }

  @Override
  public void close() {
    scanner.close();
    if (watch != null) {
      watch.close();
    }
    workers.close();
    loop.close();
    pinned.close();
    openFiles.close();
  }

  /** What the watching thread tells. */
  private final class Events implements EventInbox.Receiver {

    @Override
    public void happened(Title title, Publication.Happening happening) {
      publication.happened(title, happening);
    }

    @Override
    public void directoryGone(Title directory) {
      publication.directoryGone(directory);
    }

    @Override
    public void eventsLost(String why) {
      log.info("{}: everything is scanned", why);
      publication.eventsLost();
    }

    @Override
    public void directoryAppeared(Path directory, boolean renamedIn) {
      scanner.scanNow(directory, renamedIn);
    }
  }

  /** What the publishing thread has done by others. */
  private final class Around implements Surroundings {

    @Override
    public Sighting look(Title title) {
      return look.at(title);
    }

    @Override
    public void hash(Title title, FileStat expected) {
      hashQueue.add(
          new HashJob(title, finder, expected, config.digest(), config.blockSize(), hashFiles));
    }

    @Override
    public void giveUpHashing(Title title) {
      hashQueue.cancel(title);
    }

    @Override
    public void keepHashes(Title title, Edition edition) throws IOException {
      if (HashFile.isNeeded(edition.lengthBytes(), config.blockSize().level())) {
        hashFiles.finish(title, edition);
      }
    }

    @Override
    public void scanAll() {
      scanner.scanAll();
    }

    @Override
    public void scanBelow(Title directory) {
      scanner.scanBelow(directory);
    }

    @Override
    public void probe(Map<Title, Long> devices) {
      index.commit();
      pinned.expire();
      if (census.canAccept()
          && Scanner.takeAcceptance(config.stateDirectory().resolve(ACCEPT_REMOVALS))) {
        census.acceptRemovals();
      }
      scanner.probe(
          devices, (root, unmounted) -> loop.execute(() -> census.probed(root, unmounted)));
    }

    @Override
    public void remember(HashedFile file) {
      index.put(file);
    }

    @Override
    public void forget(Title title) {
      index.remove(title);
    }

    @Override
    public void forget(Edition edition) {
      hashFiles.forget(edition);
    }

    @Override
    public void rememberDevice(long device) {
      index.rememberRoot(bootId() + " " + device);
    }

    @Override
    public void firstScanDone(Set<Title> hashing) {
      Set<Title> kept = new HashSet<>(hashing);
      kept.addAll(hashQueue.titles());
      hashFiles.sweepUnfinished(kept);
    }
  }
}
