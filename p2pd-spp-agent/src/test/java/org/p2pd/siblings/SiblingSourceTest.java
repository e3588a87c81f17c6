package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.DigestRecords;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.Samples;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.GatedContent;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.TestSecret;
import org.p2pd.tree.SpanProof;

/** A node that asks another one, which claims to hold a film, for its blocks. */
class SiblingSourceTest {

  private static final BlockSize SIZE = BlockSize.DEFAULT;
  private static final Span SPAN = new Span(SIZE, 2, 4);

  private final TestEdition film = TestEdition.random(10 * 65_536, 3);
  private final Secrets secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private @TempDir Path directory;
  private TestNode asker;
  private TestNode holder;
  private GatedContent gate;
  private KnownHoldings known;

  @BeforeEach
  void start() throws IOException {
    asker = choice("127.0.0.67").start();
    open.push(asker);
    TestNode shelf = choice("127.0.0.69").start();
    open.push(shelf);
    gate = new GatedContent(shelf.content, Long.MAX_VALUE);
    TestNode.Choice choice = choice("127.0.0.68");
    choice.supplied = Optional.of(gate);
    choice.editions = Optional.of(shelf.content);
    holder = choice.start();
    open.push(holder);
    shelf.content.fromFiles = false;
    contentOfHolder = shelf;
    known = new KnownHoldings(asker.key.id(), new SecureRandom(), Ticker.systemTicker());
  }

  private TestNode contentOfHolder;

  private TestNode.Choice choice(String address) throws IOException {
    TestNode.Choice choice =
        new TestNode.Choice(address, Files.createTempDirectory(directory, "node"));
    choice.secrets = secrets;
    return choice;
  }

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private SiblingSource source(NodeId id) {
    return source(id, 8);
  }

  private SiblingSource source(NodeId id, int eighths) {
    DigestRecords.Builder records = new DigestRecords.Builder(1);
    records.add(Samples.key(film.edition), eighths);
    known.join(id, () -> {}).heard(new DigestNews(true, false, "x", records.build()));
    Peer peer = asker.client.peer(holder.address(), TestSecret.of(secrets));
    return new SiblingSource(id, peer, asker.key.id(), known);
  }

  private SiblingSource source() {
    return source(holder.key.id());
  }

  private long claimed(BlockSource source) {
    return source.offersUntil(film.edition, SIZE.start(SPAN.firstBlock()));
  }

  private Heard ask(BlockSource source) {
    Heard heard = new Heard();
    source.fetch(new BlockSource.SpanQuery(film.edition, SPAN, Urgency.READ_AHEAD), heard);
    return heard;
  }

  private final class Heard implements BlockSource.SpanReceiver {
    final CompletableFuture<Outcome> end = new CompletableFuture<>();
    final CountDownLatch firstBlock = new CountDownLatch(1);

    @Override
    public void proof(SpanProof proof) {}

    @Override
    public ByteBuffer bufferFor(int block) {
      return ByteBuffer.allocate(SIZE.lengthOf(block, film.edition.lengthBytes()));
    }

    @Override
    public void prefixVerified(int block, int bytes) {}

    @Override
    public void blockVerified(int block) {
      firstBlock.countDown();
    }

    @Override
    public void ended(Outcome outcome) {
      end.complete(outcome);
    }

    Outcome await() throws Exception {
      return end.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void bringsWhatItClaims() throws Exception {
    contentOfHolder.content.add(film);
    SiblingSource source = source();
    assertThat(claimed(source)).isEqualTo(film.edition.lengthBytes());
    assertThat(ask(source).await()).isEqualTo(new Outcome.Delivered());
    assertThat(claimed(source)).isEqualTo(film.edition.lengthBytes());
    assertThat(source.usable()).isTrue();
    assertThat(source.node()).contains(holder.key.id());
  }

  @Test
  void claimsNoMoreWhatItDoesNotHold() throws Exception {
    contentOfHolder.content.add(film, 0);
    SiblingSource source = source();
    assertThat(ask(source).await()).isEqualTo(new Outcome.NotHeld());
    assertThat(claimed(source)).isEqualTo(SIZE.start(SPAN.firstBlock()));
  }

  @Test
  void mayHaveWhatItWasNotAskedForYet() throws Exception {
    contentOfHolder.content.add(film, 0);
    SiblingSource source = source(holder.key.id(), 3);
    long begin = SIZE.start(SPAN.firstBlock());
    assertThat(claimed(source)).as("it says nothing").isEqualTo(begin);
    assertThat(source.mayHave(film.edition, begin)).isTrue();
    assertThat(ask(source).await()).isEqualTo(new Outcome.NotHeld());
    assertThat(source.mayHave(film.edition, begin)).isFalse();
    assertThat(source.mayHave(film.edition, SIZE.start(SPAN.firstBlock() + 1)))
        .as("of the rest it has said nothing")
        .isTrue();
  }

  @Test
  void claimsNoMoreWhatDoesNotVerify() throws Exception {
    contentOfHolder.content.add(film);
    film.bytes[3 * 65_536] ^= 1; // in the second block of the span
    SiblingSource source = source();
    Heard heard = ask(source);
    assertThat(heard.await()).isInstanceOf(Outcome.Mismatch.class);
    assertThat(heard.firstBlock.getCount()).as("the first block is right").isZero();
    assertThat(claimed(source)).isEqualTo(SIZE.start(SPAN.firstBlock()));
    assertThat(holder.reports).as("who sent it hears nothing: it is no authority").isEmpty();
  }

  @Test
  void givesUpWhatIsUnderWayWhenItLeaves() throws Exception {
    contentOfHolder.content.add(film);
    gate.open(SIZE.start(SPAN.firstBlock() + 1));
    SiblingSource source = source();
    Heard heard = ask(source);
    heard.firstBlock.await();
    assertThat(heard.end).isNotDone();
    source.close();
    assertThat(heard.await()).isEqualTo(new Outcome.Cancelled());
    assertThat(source.usable()).isFalse();
    assertThat(claimed(source)).as("that is no wrong claim").isPositive();
  }

  @Test
  void goesOnWithWhatIsUnderWayWhileItIsOutOfView() throws Exception {
    contentOfHolder.content.add(film);
    gate.open(SIZE.start(SPAN.firstBlock() + 1));
    SiblingSource source = source();
    Heard heard = ask(source);
    heard.firstBlock.await();
    source.inView(false);
    assertThat(source.usable()).isFalse();
    gate.open(Long.MAX_VALUE);
    assertThat(heard.await()).isEqualTo(new Outcome.Delivered());
    source.inView(true);
    assertThat(source.usable()).isTrue();
  }

  @Test
  void talksToNoOtherNodeThatAnswersInItsPlace() throws Exception {
    contentOfHolder.content.add(film);
    NodeId other = NodeKey.generate().id();
    Peer peer = asker.client.peer(holder.address(), TestSecret.of(secrets), other);
    assertThat(peer.open().get(30, TimeUnit.SECONDS))
        .hasValueSatisfying(
            failed -> assertThat(failed.detail()).isEqualTo("another node answers there"));
    assertThat(peer.key()).isEmpty();
    assertThat(holder.transport.requests)
        .noneMatch(request -> request.contains("/session/confirm"));
    SiblingSource source = new SiblingSource(other, peer, asker.key.id(), known);
    assertThat(ask(source).await()).isEqualTo(new Outcome.Refused("another node answers there"));
    Peer right = asker.client.peer(holder.address(), TestSecret.of(secrets), holder.key.id());
    assertThat(right.open().get(30, TimeUnit.SECONDS)).isEmpty();
    assertThat(right.key())
        .hasValueSatisfying(key -> assertThat(key.id()).isEqualTo(holder.key.id()));
  }

  @Test
  void givesUpWhatIsAskedAfterItLeft() throws Exception {
    contentOfHolder.content.add(film);
    gate.open(0);
    SiblingSource source = source();
    source.close();
    assertThat(ask(source).await()).isEqualTo(new Outcome.Cancelled());
  }

  @Test
  void isOfNoUseWhenAnotherNodeAnswersInItsPlace() throws Exception {
    contentOfHolder.content.add(film);
    SiblingSource source = source(NodeKey.generate().id());
    assertThat(source.usable()).as("nobody knows yet").isTrue();
    ask(source).await();
    assertThat(source.usable()).isFalse();
  }
}
