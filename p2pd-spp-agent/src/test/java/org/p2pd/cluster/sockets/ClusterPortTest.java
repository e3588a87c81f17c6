package org.p2pd.cluster.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.Loopback;
import org.p2pd.cluster.TestThreads;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Secret;

/** Two nodes' ports, and strangers. */
class ClusterPortTest {

  private static final int PORT = 7_946;
  private static final long LIMIT_SECONDS = 60;
  private static final byte[] LAST_WORDS = {9, 9};

  private final Secret secret = Secret.random(new Random(1));
  private final NodeId group = NodeKey.generate().id();
  private final AtomicLong skippedNanos = new AtomicLong();
  private final List<AutoCloseable> open = new ArrayList<>();
  private final ExecutorService others = Executors.newCachedThreadPool();

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    others.shutdownNow();
    assertThat(others.awaitTermination(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    TestThreads.awaitNone();
  }

  private ClusterPort port(Secret... secrets) throws IOException {
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return System.nanoTime() + skippedNanos.get();
          }
        };
    ClusterPort port =
        ClusterPort.open(
            new InetSocketAddress(Loopback.next(), PORT),
            List.of(secrets),
            SocketFactory.getDefault(),
            ticker);
    open.add(port);
    return port;
  }

  private ServerSocket door(ClusterPort at, NodeId group) throws IOException {
    ServerSocket door = at.newServerSocket(group, LAST_WORDS);
    open.add(door);
    door.bind(at.address());
    return door;
  }

  private Socket dial(ClusterPort from, InetSocketAddress to, NodeId group) throws IOException {
    Socket socket = from.newSocket(group, from.address().getAddress(), LAST_WORDS);
    open.add(socket);
    socket.connect(to, 500);
    return socket;
  }

  private <T> CompletableFuture<T> meanwhile(Callable<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    others.execute(
        () -> {
          try {
            result.complete(work.call());
          } catch (Exception e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private static <T> T get(CompletableFuture<T> result) throws Exception {
    return result.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  /** Dials until it gets through: the first time it may meet a door that is not open yet. */
  private void assertTalk(ClusterPort from, ClusterPort to, ServerSocket door) throws Exception {
    CompletableFuture<Socket> accepted = meanwhile(door::accept);
    Socket calling = dial(from, to.address(), group);
    calling.getOutputStream().write(bytes("hello"));
    Socket called = get(accepted);
    assertThat(get(meanwhile(() -> called.getInputStream().readNBytes(5))))
        .isEqualTo(bytes("hello"));
    called.getOutputStream().write(bytes("welcome"));
    assertThat(get(meanwhile(() -> calling.getInputStream().readNBytes(7))))
        .isEqualTo(bytes("welcome"));
    assertThat(called.getInetAddress()).isEqualTo(from.address().getAddress());
    CompletableFuture<byte[]> rest = meanwhile(() -> called.getInputStream().readAllBytes());
    called.close();
    assertThat(get(rest)).isEqualTo(LAST_WORDS);
    assertThat(get(meanwhile(() -> calling.getInputStream().read()))).isEqualTo(-1);
  }

  /** The dial comes to nothing, and nobody accepts. */
  private void assertNoTalk(ClusterPort from, ClusterPort to, ServerSocket door) throws Exception {
    CompletableFuture<Socket> accepted = meanwhile(door::accept);
    Socket calling = dial(from, to.address(), group);
    assertThat(get(meanwhile(() -> calling.getInputStream().readAllBytes()))).isEqualTo(LAST_WORDS);
    assertThat(accepted).isNotDone();
    door.close();
    assertThatThrownBy(() -> get(accepted)).hasCauseInstanceOf(SocketException.class);
  }

  @Nested
  class WithOneSecret {

    @Test
    void bytesGoBothWays() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      assertTalk(one, two, door(two, group));
    }

    @Test
    void groupsDoNotMix() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      NodeId otherGroup = NodeKey.generate().id();
      ServerSocket other = door(two, otherGroup);
      ServerSocket door = door(two, group);
      CompletableFuture<Socket> unwanted = meanwhile(other::accept);
      assertTalk(one, two, door);
      assertThat(unwanted).isNotDone();
      other.close();
      assertThatThrownBy(() -> get(unwanted)).hasCauseInstanceOf(SocketException.class);
      Socket calling = dial(one, two.address(), otherGroup);
      assertThat(get(meanwhile(() -> calling.getInputStream().readAllBytes())))
          .isEqualTo(LAST_WORDS);
    }

    @Test
    void aGroupHasOneDoorAtATime() throws IOException {
      ClusterPort one = port(secret);
      ServerSocket first = door(one, group);
      assertThatThrownBy(() -> door(one, group)).isInstanceOf(SocketException.class);
      first.close();
      assertThat(door(one, group).isBound()).isTrue();
    }

    @Test
    void aDoorHasTheNameThatItWasGiven() throws IOException {
      ServerSocket door = port(secret).newServerSocket(group, LAST_WORDS);
      open.add(door);
      door.bind(new InetSocketAddress("192.0.2.1", 1_234)); // no address of this machine
      assertThat(door.getLocalPort()).isEqualTo(1_234);
      assertThat(door.getInetAddress().getHostAddress()).isEqualTo("192.0.2.1");
    }

    @Test
    void aTakenPortIsSaid() throws IOException {
      ClusterPort one = port(secret);
      assertThatThrownBy(() -> ClusterPort.open(one.address(), List.of(secret)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(one.address().toString());
    }

    @Test
    void atTheWildcardAddressItIsReachedAndDials() throws Exception {
      ClusterPort any = ClusterPort.open(new InetSocketAddress("0.0.0.0", 0), List.of(secret));
      open.add(any);
      ClusterPort one = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(any, group)::accept);
      InetSocketAddress reached = new InetSocketAddress(Loopback.next(), any.address().getPort());
      Socket calling = dial(one, reached, group);
      calling.getOutputStream().write(1);
      assertThat(get(accepted).getInputStream().read()).isEqualTo(1);
      CompletableFuture<Socket> back = meanwhile(door(one, group)::accept);
      dial(any, one.address(), group).getOutputStream().write(2);
      assertThat(get(back).getInputStream().read()).isEqualTo(2);
    }

    @Test
    void afterCloseNothingGoesOn() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      CompletableFuture<Socket> accepted = meanwhile(door::accept);
      Socket calling = dial(one, two.address(), group);
      calling.getOutputStream().write(1);
      Socket called = get(accepted);
      two.close();
      assertThat(called.isClosed()).isTrue();
      assertThat(door.isClosed()).isTrue();
      assertThatThrownBy(() -> dial(two, one.address(), group)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> door(two, NodeKey.generate().id()))
          .isInstanceOf(SocketException.class);
      assertThatThrownBy(
              () -> new Socket(two.address().getAddress(), two.address().getPort()).close())
          .isInstanceOf(ConnectException.class);
      assertThat(get(meanwhile(() -> isOver(calling)))).isTrue();
    }

    /** The end, or a reset where the other side had not read all. */
    private static boolean isOver(Socket socket) throws IOException {
      try {
        return socket.getInputStream().read() == -1;
      } catch (SocketException e) {
        return true;
      }
    }
  }

  @Nested
  class Secrets {

    private final Secret otherSecret = Secret.random(new Random(2));

    @Test
    void whoHasAnotherDoesNotGetThrough() throws Exception {
      ClusterPort one = port(otherSecret);
      ClusterPort two = port(secret);
      assertNoTalk(one, two, door(two, group));
    }

    @Test
    void whoAcceptsOursButSpeaksAnotherDoesNotGetThrough() throws Exception {
      ClusterPort one = port(otherSecret, secret);
      ClusterPort two = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(two, group)::accept);
      Socket calling = dial(one, two.address(), group);
      CompletableFuture<Integer> read = meanwhile(() -> calling.getInputStream().read());
      // TLS tells the caller only after it thought that all was well.
      await().atMost(Duration.ofSeconds(LIMIT_SECONDS)).until(read::isDone);
      assertThat(accepted).isNotDone();
    }

    @Test
    void whileTheSecretIsReplacedBothAreAccepted() throws Exception {
      ClusterPort before = port(secret, otherSecret);
      ClusterPort after = port(otherSecret, secret);
      assertTalk(before, after, door(after, group));
      assertTalk(after, before, door(before, group));
    }
  }

  @Nested
  class Strangers {

    private Socket stranger(ClusterPort at) throws IOException {
      Socket socket = new Socket();
      open.add(socket);
      socket.bind(new InetSocketAddress(strangersHost, 0));
      socket.connect(at.address());
      socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
      return socket;
    }

    private final String strangersHost = Loopback.next();

    @Test
    void aSilentOneIsHungUpOn() throws Exception {
      assertThat(stranger(port(secret)).getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void oneThatDripsIsHungUpOnAllTheSame() throws Exception {
      Socket dripping = stranger(port(secret));
      CompletableFuture<Integer> drips = meanwhile(() -> drip(dripping));
      assertThat(dripping.getInputStream().readAllBytes()).isEmpty();
      assertThat(get(drips)).isLessThan(100);
    }

    /** A handshake record without end, byte by byte, until it cannot be written any more. */
    private Integer drip(Socket socket) {
      byte[] record = Arrays.copyOf(new byte[] {22, 3, 1, 0x20, 0, 1, 0, 0x1f, (byte) 0xfc}, 8_192);
      int sent = 0;
      try {
        for (byte next : record) {
          socket.getOutputStream().write(next);
          sent++;
          TimeUnit.MILLISECONDS.sleep(100);
        }
      } catch (IOException e) {
        return sent; // hung up on: that is what is waited for
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return sent;
    }

    @Test
    void fortyOfThemDoNotKeepAMemberOut() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      for (int i = 0; i < 20; i++) {
        stranger(two);
        Socket dripping = stranger(two);
        CompletableFuture<Integer> unused = meanwhile(() -> drip(dripping));
      }
      assertTalk(one, two, door);
    }

    @Test
    void oneThatSpeaksTlsWithoutAKeyIsNotLetIn() throws Exception {
      ClusterPort two = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(two, group)::accept);
      SSLContext anyone = SSLContext.getInstance("TLS");
      anyone.init(null, new TrustManager[] {new TrustsAll()}, new SecureRandom());
      SSLSocket socket =
          (SSLSocket)
              anyone
                  .getSocketFactory()
                  .createSocket(stranger(two), strangersHost, two.address().getPort(), true);
      open.add(socket);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"p2pd/" + group});
      socket.setSSLParameters(parameters);
      assertThatThrownBy(
              () -> {
                socket.startHandshake();
                socket.getOutputStream().write(bytes("hello"));
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
                throw new IOException("the end");
              })
          .isInstanceOf(IOException.class);
      assertThat(accepted).isNotDone();
    }

    @Test
    void oneThatTalksSomethingElseIsNotLetIn() throws Exception {
      ClusterPort two = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(two, group)::accept);
      Socket stranger = stranger(two);
      stranger.getOutputStream().write(bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      assertHungUpOn(stranger);
      assertThat(accepted).isNotDone();
    }

    @Test
    void aHelloOfMoreThanItsBoundIsNotWaitedFor() throws Exception {
      Socket stranger = stranger(port(secret));
      stranger.getOutputStream().write(new byte[] {22, 3, 1, 0x20, 1});
      assertHungUpOn(stranger);
    }

    private static void assertHungUpOn(Socket stranger) {
      try {
        assertThat(stranger.getInputStream().readAllBytes()).isEmpty();
      } catch (IOException e) {
        assertThat(e).isInstanceOf(SocketException.class); // reset: it was not read to its end
      }
    }

    private Socket strangerFrom(int number, ClusterPort at) throws IOException {
      Socket socket = new Socket();
      open.add(socket);
      socket.bind(new InetSocketAddress("127.200." + number / 250 + "." + (1 + number % 250), 0));
      socket.connect(at.address());
      return socket;
    }

    @Test
    void hundredsOfSilentOnesFromManyAddressesTakeNoThreadAndDoNotKeepAMemberOut()
        throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      for (int i = 0; i < 600; i++) {
        Socket stranger = strangerFrom(i / 2, two);
        if (i % 3 == 0) {
          stranger.getOutputStream().write(new byte[] {22, 3, 1}); // and no more
        }
      }
      assertThat(TestThreads.ofTheCluster())
          .noneMatch(name -> name.contains("answer") || name.contains("stranger"));
      assertTalk(one, two, door);
    }

    @Test
    void manyOfOneAddressThatComeAtOnceGetInOneAfterTheOther() throws Exception {
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      int many = 5 * Callers.MOST_OF_ONE;
      List<ClusterPort> rack = new ArrayList<>();
      String address = Loopback.next();
      for (int i = 0; i < many; i++) {
        ClusterPort one =
            ClusterPort.open(new InetSocketAddress(address, PORT + 1 + i), List.of(secret));
        open.add(one);
        rack.add(one);
      }
      for (ClusterPort one : rack) {
        dial(one, two.address(), group).getOutputStream().write(7);
      }
      for (int i = 0; i < many; i++) {
        assertThat(get(meanwhile(door::accept)).getInputStream().read()).isEqualTo(7);
      }
    }

    @Test
    void thoseWhoSayHelloAndNoMoreDoNotKeepAnExpectedMemberOut() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      two.expect(List.of(one.address().getAddress()));
      ServerSocket door = door(two, group);
      byte[] hello = hello();
      for (int i = 0; i < 200; i++) {
        try {
          strangerFrom(i, two).getOutputStream().write(hello);
        } catch (IOException e) {
          assertThat(i).as("hung up on: one too many").isGreaterThan(Handshakes.THREADS);
        }
      }
      assertTalk(one, two, door);
    }

    private static byte[] hello() throws Exception {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine();
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
      engine.wrap(ByteBuffer.allocate(0), hello);
      return Arrays.copyOf(hello.array(), hello.position());
    }
  }

  private static final class TrustsAll implements X509TrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String how) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String how) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Nested
  class Bounds {

    @Test
    void oneAddressHasSoManyLinksAndOthersStillGetIn() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ClusterPort three = port(secret);
      ServerSocket door = door(two, group);
      List<Socket> calling = new ArrayList<>();
      for (int i = 0; i < Links.MAX_WITH_ADDRESS; i++) {
        Socket socket = dial(one, two.address(), group);
        socket.getOutputStream().write(1);
        assertThat(get(meanwhile(door::accept)).getInputStream().read()).isEqualTo(1);
        calling.add(socket);
      }
      assertThatThrownBy(() -> dial(one, two.address(), group))
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("too many");
      assertTalk(three, two, door);
      calling.get(0).close();
      assertThat(dial(one, two.address(), group).isConnected()).isTrue();
    }

    @Test
    void newAddressesAreDialledSoFastAndKnownOnesAtOnce() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      assertTalk(one, two, door);
      int dialled = 0;
      for (int i = 0; i < 3 * NewHosts.AT_ONCE; i++) {
        try {
          InetSocketAddress nobody = new InetSocketAddress("127.201.0." + (1 + i), PORT);
          dial(one, nobody, group);
          dialled++;
        } catch (ConnectException e) {
          assertThat(e).hasMessageContaining("too m");
        }
      }
      assertThat(dialled).isLessThan(2 * NewHosts.AT_ONCE);
      assertTalk(one, two, door);
    }
  }

  @Nested
  class Dialling {

    /** Its backlog takes the connection; nobody ever answers. */
    private ServerSocket silent() throws IOException {
      ServerSocket silent = new ServerSocket();
      open.add(silent);
      silent.bind(new InetSocketAddress(Loopback.next(), PORT));
      return silent;
    }

    @Test
    void thoseThatNeverAnswerDoNotKeepItFromAMemberThatOnceDid() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      ServerSocket door = door(two, group);
      assertTalk(one, two, door);
      for (int i = 1; i <= 60; i++) {
        ServerSocket silent = new ServerSocket();
        open.add(silent);
        silent.bind(new InetSocketAddress("127.202.0." + i, 0));
        try {
          dial(one, (InetSocketAddress) silent.getLocalSocketAddress(), group);
        } catch (ConnectException e) {
          assertThat(e).hasMessageContaining("too m");
        }
      }
      assertTalk(one, two, door);
    }

    @Test
    void whatAnotherMachineHasForItselfIsNotDialledUnlessAMemberIsExpectedThere() throws Exception {
      ClusterPort one = port(secret);
      InetSocketAddress ofAnotherLink = new InetSocketAddress("169.254.169.254", PORT);
      assertThatThrownBy(() -> dial(one, ofAnotherLink, group))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("is not for a node at");
      ClusterPort two = port(secret);
      Socket fromElsewhere = one.newSocket(group, InetAddress.getByName("10.0.0.1"), LAST_WORDS);
      open.add(fromElsewhere);
      assertThatThrownBy(() -> fromElsewhere.connect(two.address(), 500))
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("is not for a node at");
      one.expect(List.of(two.address().getAddress()));
      Socket expected = one.newSocket(group, InetAddress.getByName("10.0.0.1"), LAST_WORDS);
      open.add(expected);
      expected.connect(two.address(), 500);
      assertThat(expected.isConnected()).isTrue();
    }

    @Test
    void whatIsWrittenMeanwhileArrivesInOrder() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(two, group)::accept);
      Socket calling = dial(one, two.address(), group);
      byte[] all = new byte[3_000_000];
      new Random(3).nextBytes(all);
      CompletableFuture<byte[]> received =
          accepted.thenCompose(
              called -> meanwhile(() -> called.getInputStream().readNBytes(all.length)));
      int sent = 0;
      while (sent < all.length) {
        int part = Math.min(60_000, all.length - sent);
        try {
          calling.getOutputStream().write(all, sent, part);
          sent += part;
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("waits for the handshake");
          assertThat(sent).isGreaterThan(Link.MAX_UNSENT_BYTES - part);
          Thread.onSpinWait();
        }
      }
      assertThat(get(received)).isEqualTo(all);
    }

    @Test
    void whatIsWrittenMeanwhileHasABound() throws Exception {
      Socket calling =
          dial(port(secret), (InetSocketAddress) silent().getLocalSocketAddress(), group);
      calling.getOutputStream().write(new byte[Link.MAX_UNSENT_BYTES]);
      assertThatThrownBy(() -> calling.getOutputStream().write(1)).isInstanceOf(IOException.class);
    }

    @Test
    void whoDoesNotAnswerIsGivenUpAndLeftAloneForAWhile() throws Exception {
      ClusterPort one = port(secret);
      InetSocketAddress silent = (InetSocketAddress) silent().getLocalSocketAddress();
      Socket calling = dial(one, silent, group);
      assertThat(calling.isConnected()).isTrue();
      assertThat(get(meanwhile(() -> calling.getInputStream().readAllBytes())))
          .isEqualTo(LAST_WORDS);
      assertThat(calling.isClosed()).isTrue();
      assertThatThrownBy(() -> calling.getOutputStream().write(1))
          .isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> dial(one, silent, group)).isInstanceOf(ConnectException.class);
      skippedNanos.addAndGet(Unanswered.REST.toNanos());
      assertThat(dial(one, silent, group).isConnected()).isTrue();
    }

    @Test
    void whoCallsUsIsDialledAtOnce() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      Socket vain = dial(one, two.address(), group); // two has no door for the group
      assertThat(get(meanwhile(() -> vain.getInputStream().readAllBytes()))).isEqualTo(LAST_WORDS);
      assertThatThrownBy(() -> dial(one, two.address(), group))
          .isInstanceOf(ConnectException.class);
      ServerSocket door = door(two, group);
      assertTalk(two, one, door(one, group));
      assertTalk(one, two, door);
    }

    @Test
    void closingDoesNotWaitForTheOther() throws Exception {
      ClusterPort one = port(secret);
      InetSocketAddress silent = (InetSocketAddress) silent().getLocalSocketAddress();
      Socket calling = dial(one, silent, group);
      CompletableFuture<Integer> read = meanwhile(() -> calling.getInputStream().read());
      calling.close();
      assertThat(get(read)).isEqualTo(LAST_WORDS[0]);
      // It was not the other's fault.
      assertThat(dial(one, silent, group).isConnected()).isTrue();
    }

    @Test
    void aWriteThatHangsEndsTheConnection() throws Exception {
      ClusterPort one = port(secret);
      ClusterPort two = port(secret);
      CompletableFuture<Socket> accepted = meanwhile(door(two, group)::accept);
      Socket calling = dial(one, two.address(), group);
      calling.getOutputStream().write(1);
      get(accepted); // and never reads
      CompletableFuture<Long> written =
          meanwhile(
              () -> {
                for (long sent = 0; ; sent += 100_000) {
                  calling.getOutputStream().write(new byte[100_000]);
                }
              });
      assertThatThrownBy(() -> get(written)).hasCauseInstanceOf(IOException.class);
      assertThat(calling.isClosed()).isTrue();
    }

    @Test
    void aReaderThatIsInterruptedEnds() throws Exception {
      Socket calling =
          dial(port(secret), (InetSocketAddress) silent().getLocalSocketAddress(), group);
      InputStream in = calling.getInputStream();
      CompletableFuture<Integer> read =
          meanwhile(
              () -> {
                Thread.currentThread().interrupt();
                return in.read();
              });
      assertThatThrownBy(() -> get(read)).hasCauseInstanceOf(IOException.class);
    }
  }
}
