package org.p2pd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource;
import org.p2pd.fetch.CacheContent;
import org.p2pd.fetch.Demand;
import org.p2pd.fetch.FetchConfig;
import org.p2pd.leases.LeaseQuestion;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.GatedContent;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.BlockEnd;
import org.p2pd.spp.client.BlockQuestion;
import org.p2pd.spp.client.Collected;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.server.Arbiter;
import org.p2pd.spp.server.Editions;
import org.p2pd.spp.server.LeaseArbiter;
import org.p2pd.store.BlockStore;
import org.p2pd.store.DiskBlockStore;
import org.p2pd.store.StoreConfig;

/**
 * A parent, a cache that receives from it as fast as the test lets the parent send, and siblings of
 * that cache: three nodes in one process.
 */
class RelayNodesTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final BlockSize SIZE = BlockSize.DEFAULT;
  private static final int BLOCK = SIZE.bytes();
  private static final int MIB = 1 << 20;
  private static final Span REGION = new Span(SIZE, 0, 16);

  private final TestEdition video = TestEdition.random(2 * MIB + 1_000, 7);
  private final Secrets secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Map<NodeId, NodeAddress> alive = new ConcurrentHashMap<>();
  private @TempDir Path directory;
  private HeardArbiter arbiter;
  private GatedContent gate;
  private TestNode parent;
  private Cache lessee;
  private TestNode sibling;

  @BeforeEach
  void start() throws Exception {
    arbiter =
        new HeardArbiter(
            new LeaseArbiter(id -> Optional.ofNullable(alive.get(id)), Ticker.systemTicker()));
    TestNode.Choice choice = choice("127.0.0.31");
    choice.arbiter = Optional.of(arbiter);
    TestNode holder = opened(choice("127.0.0.34").start());
    holder.content.add(video);
    gate = new GatedContent(holder.content, 0);
    choice.supplied = Optional.of(gate);
    choice.editions = Optional.of(holder.content);
    parent = opened(choice.start());
    lessee = new Cache("127.0.0.32");
    sibling = opened(choice("127.0.0.33").start());
    alive.put(lessee.node.key.id(), lessee.node.address());
    alive.put(sibling.key.id(), sibling.address());
  }

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T thing) {
    open.push(thing);
    return thing;
  }

  private TestNode.Choice choice(String address) throws IOException {
    TestNode.Choice choice =
        new TestNode.Choice(address, Files.createTempDirectory(directory, "node"));
    choice.secrets = secrets;
    return choice;
  }

  /** Tells the test what the parent hears. */
  private record HeardArbiter(LeaseArbiter table, BlockingQueue<LeaseNotice> notices)
      implements Arbiter {

    HeardArbiter(LeaseArbiter table) {
      this(table, new LinkedBlockingQueue<>());
    }

    @Override
    public Decision decide(LeaseQuestion question) {
      return table.decide(question);
    }

    @Override
    public void unsent(Edition edition, Span span, NodeId asker) {
      table.unsent(edition, span, asker);
    }

    @Override
    public void moved(Edition edition, Span span, NodeId asker) {
      table.moved(edition, span, asker);
    }

    @Override
    public void noticed(NodeId by, Edition edition, LeaseNotice notice) {
      table.noticed(by, edition, notice);
      notices.add(notice);
    }

    @Override
    public void gone(EditionId edition) {
      table.gone(edition);
    }
  }

  /** A cache: a store, what fetches into it from the parent, and its node. */
  private final class Cache {
    final TestNode node;
    final CacheContent content;
    private final ExecutorService disk = Executors.newFixedThreadPool(2);
    private volatile List<BlockSource> sources = List.of();

    Cache(String address) throws Exception {
      BlockStore store =
          opened(
              DiskBlockStore.open(
                  new StoreConfig(
                      Files.createTempDirectory(directory, "store"),
                      OptionalLong.of(64L * MIB),
                      SIZE,
                      false)));
      open.push(disk::shutdown);
      content =
          opened(
              CacheContent.over(
                  store,
                  () -> sources,
                  new FetchConfig(16 * MIB),
                  Demand.UNHEARD,
                  disk,
                  Ticker.systemTicker()));
      TestNode.Choice choice = choice(address);
      choice.supplied = Optional.of(content);
      choice.editions = Optional.of(id -> new Editions.Found.Known(video.edition));
      node = opened(choice.start());
      Peer peer = peer(node, parent.address());
      LeaseNotices notices =
          new LeaseNotices(
              () -> true,
              store::holds,
              (edition, notice) -> post(peer, edition, notice),
              this::later);
      sources =
          List.of(
              new SppSource(
                  peer,
                  BlockSource.Relation.PARENT,
                  node.key.id(),
                  () -> true,
                  report -> {},
                  notices));
    }

    private void later(Duration pause, Runnable step) {
      try {
        Future<?> unused = node.timers.schedule(step, pause.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // the test is over
      }
    }

    private static void post(Peer to, EditionId edition, LeaseNotice notice) {
      Future<?> unused = to.ask(ControlRequest.leases(edition, notice.held(), notice.gone()));
    }

    ContentStream view(ByteRange range) {
      return content.open(
          new ReadRequest(
              video.edition, range, Reader.VIEWER, Urgency.READ_AHEAD, Fetching.MISSING));
    }
  }

  private Peer peer(TestNode from, NodeAddress to) {
    return from.client.peer(to, new FirstParentSecret(secrets));
  }

  private Collected ask(
      TestNode from, NodeAddress to, BlockQuestion.Relation relation, Span span, NodeId... not) {
    Collected got = new Collected(video.edition, span);
    peer(from, to)
        .fetch(
            new BlockQuestion(
                video.edition,
                span,
                Urgency.READ_AHEAD,
                relation,
                List.of(from.key.id()),
                List.of(not),
                OptionalLong.empty()),
            got);
    return got;
  }

  private Collected askParent(TestNode from, Span span, NodeId... not) {
    return ask(from, parent.address(), BlockQuestion.Relation.CHILD, span, not);
  }

  private Collected askSibling(NodeAddress at, Span span) {
    return ask(sibling, at, BlockQuestion.Relation.SIBLING, span);
  }

  /** Begins to read the first MiB at the lessee, whose question the parent answers with a lease. */
  private ContentStream lesseeAsks() {
    ContentStream viewer = lessee.view(new ByteRange(0, MIB - 1));
    assertThat(viewer.next(BLOCK)).isInstanceOf(ContentStream.Next.Pending.class);
    await().atMost(SOON).until(() -> arbiter.table().stats().firstBytes() == MIB);
    return viewer;
  }

  private NodeAddress referredTo(Collected asked, NodeId member) throws Exception {
    assertThat(asked.await())
        .isInstanceOfSatisfying(
            BlockEnd.Referred.class,
            referred -> assertThat(referred.referral().to()).isEqualTo(member));
    return ((BlockEnd.Referred) asked.await()).referral().at();
  }

  private static void awaitBlock(Collected got, int block) {
    await()
        .atMost(SOON)
        .until(
            () -> {
              synchronized (got.heard) {
                return got.heard.contains("block " + block);
              }
            });
  }

  private void assertBytes(Collected got, Span span) {
    for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
      long start = span.blockSize().start(block);
      int length = span.blockSize().lengthOf(block, video.bytes.length);
      assertThat(got.bytes(block)).isEqualTo(video.slice(start, start + length - 1));
    }
  }

  private byte[] readAll(ContentStream stream, int length) throws InterruptedException {
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining()) {
      ContentStream.Next next = stream.next(all.remaining());
      if (next instanceof ContentStream.Next.Available available) {
        all.put(available.bytes().data());
        available.bytes().release();
      } else {
        assertThat(next).isInstanceOf(ContentStream.Next.Pending.class);
        CountDownLatch ready = new CountDownLatch(1);
        stream.whenReady(ready::countDown);
        assertThat(ready.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
    return all.array();
  }

  @Test
  void passOnEachBlockAsItVerifiesWhileTheParentSendsItOnce() throws Exception {
    try (ContentStream viewer = lesseeAsks()) {
      NodeAddress at = referredTo(askParent(sibling, REGION), lessee.node.key.id());
      assertThat(at).isEqualTo(lessee.node.address());
      Collected relayed = askSibling(at, REGION);
      for (int block = 0; block < 16; block++) {
        gate.open((long) (block + 1) * BLOCK);
        awaitBlock(relayed, block);
      }
      assertThat(relayed.await()).isEqualTo(new BlockEnd.Delivered());
      assertThat(relayed.heard).startsWith("proof 0-15", "buffer 0");
      assertBytes(relayed, REGION);
      assertThat(readAll(viewer, MIB)).isEqualTo(video.slice(0, MIB - 1));
    }
    assertThat(parent.node.stats().sentBytes()).isEqualTo(MIB);
    LeaseNotice notice = arbiter.notices().poll(30, TimeUnit.SECONDS);
    assertThat(notice).isEqualTo(new LeaseNotice(List.of(new ByteRange(0, MIB - 1)), List.of()));
    referredTo(askParent(sibling, REGION), lessee.node.key.id());
    assertThat(askSibling(lessee.node.address(), REGION).await())
        .as("from the lessee's disk")
        .isEqualTo(new BlockEnd.Delivered());
    assertThat(parent.node.stats().sentBytes()).isEqualTo(MIB);
    assertThat(arbiter.table().stats().secondBytes()).isZero();
  }

  @Test
  void goOnForTheSiblingWhenTheirOwnViewerLeaves() throws Exception {
    ContentStream viewer = lesseeAsks();
    Collected relayed = askSibling(lessee.node.address(), REGION);
    gate.open(2L * BLOCK);
    awaitBlock(relayed, 1);
    viewer.close();
    gate.open(MIB);
    assertThat(relayed.await()).isEqualTo(new BlockEnd.Delivered());
    assertThat(parent.node.stats().sentBytes()).isEqualTo(MIB);
  }

  @Test
  void dieInMidRelayAndTheParentSendsTheRest() throws Exception {
    ContentStream viewer = lesseeAsks();
    Collected relayed = askSibling(lessee.node.address(), REGION);
    gate.open(3L * BLOCK);
    awaitBlock(relayed, 2);
    lessee.node.transport.close();
    assertThat(relayed.await()).isInstanceOf(BlockEnd.Lost.class);
    assertBytes(relayed, new Span(SIZE, 0, 3));
    Span rest = new Span(SIZE, 3, 13);
    gate.open(MIB);
    Collected again = askParent(sibling, rest, lessee.node.key.id());
    assertThat(again.await()).isEqualTo(new BlockEnd.Delivered());
    assertThat(again.heard.get(1)).startsWith("leased ");
    assertBytes(again, rest);
    viewer.close();
  }

  @Test
  void areForgottenWhenTheyAreNoMembersAnyMore() throws Exception {
    ContentStream viewer = lesseeAsks();
    alive.remove(lessee.node.key.id());
    arbiter.table().left(lessee.node.key.id());
    gate.open(MIB);
    assertThat(askParent(sibling, REGION).await()).isEqualTo(new BlockEnd.Delivered());
    assertThat(arbiter.table().stats().secondBytes()).isZero();
    viewer.close();
  }

  @Test
  void declineWhatDoesNotComeAndTheParentHearsOfIt() throws Exception {
    ContentStream viewer = lesseeAsks();
    gate.open(2L * BLOCK);
    Collected relayed = askSibling(lessee.node.address(), new Span(SIZE, 0, 2));
    assertThat(relayed.await()).isEqualTo(new BlockEnd.Delivered());
    viewer.close(); // nobody wants the rest any more
    LeaseNotice notice = arbiter.notices().poll(30, TimeUnit.SECONDS);
    assertThat(notice.held()).containsExactly(new ByteRange(0, 2L * BLOCK - 1));
    assertThat(notice.gone()).containsExactly(new ByteRange(2L * BLOCK, MIB - 1));
    Span rest = new Span(SIZE, 2, 14);
    assertThat(askSibling(lessee.node.address(), rest).await()).isEqualTo(new BlockEnd.NotHeld());
    gate.open(MIB);
    assertThat(askParent(sibling, rest).await()).isEqualTo(new BlockEnd.Delivered());
    assertThat(arbiter.table().stats().secondBytes()).isZero();
    referredTo(askParent(sibling, new Span(SIZE, 0, 1)), lessee.node.key.id());
  }

  @Test
  void areNotNamedToWhoExcludesThem() throws Exception {
    ContentStream viewer = lesseeAsks();
    gate.open(MIB);
    Collected served = askParent(sibling, REGION, lessee.node.key.id());
    assertThat(served.await()).isEqualTo(new BlockEnd.Delivered());
    assertThat(served.heard.get(1)).startsWith("leased ");
    assertThat(arbiter.table().stats().secondBytes()).isEqualTo(MIB);
    TestNode third = opened(choice("127.0.0.35").start());
    assertThat(askParent(third, REGION).await()).isInstanceOf(BlockEnd.Referred.class);
    viewer.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {16 * 1024, 32 * 1024, 256 * 1024, 1024 * 1024})
  void passOnWhatIsAskedInOtherBlocks(int blockBytes) throws Exception {
    BlockSize size = new BlockSize(blockBytes);
    try (ContentStream viewer = lesseeAsks()) {
      Span span = new Span(size, 0, size.blocksPerRegion());
      Collected relayed = askSibling(lessee.node.address(), span);
      gate.open(MIB - 1);
      if (blockBytes > BLOCK) {
        gate.open(MIB);
        assertThat(relayed.await()).isEqualTo(new BlockEnd.Delivered());
        assertThat(relayed.heard).startsWith("proof 0-" + span.lastBlock());
        assertBytes(relayed, span);
      } else {
        // Of smaller blocks nothing is known before the whole block is there.
        assertThat(relayed.await()).isEqualTo(new BlockEnd.Delivered());
        assertThat(relayed.heard).contains("block 0");
        relayed.buffers.keySet().forEach(block -> assertBytes(relayed, new Span(size, block, 1)));
        gate.open(MIB);
      }
      assertThat(readAll(viewer, MIB)).isEqualTo(video.slice(0, MIB - 1));
    }
    assertThat(parent.node.stats().sentBytes()).isEqualTo(MIB);
  }
}
