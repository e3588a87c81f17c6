package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.Urgency;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.identity.NodeKey;
import org.p2pd.leases.LeaseQuestion;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Referral;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestKeys;
import org.p2pd.spp.server.Arbiter;
import org.p2pd.spp.server.NodeParts;
import org.p2pd.spp.server.ProofSource;
import org.p2pd.spp.server.SppNode;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.Holding;
import org.roaringbitmap.RoaringBitmap;

/**
 * The examples of docs/spp.md section 11 are what this software really says. They are written anew
 * with {@code -Dspp.examples.write=true}.
 */
class SppExamplesTest {

  private static final String BEGIN = "<!-- examples:begin -->\n";
  private static final String END = "<!-- examples:end -->\n";
  private static final Path PAGE = Path.of("../docs/spp.md");

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final StringBuilder text = new StringBuilder();

  /** Of the last answer about holdings. */
  private final List<String> cursors = new ArrayList<>();

  private OwnHoldings own;
  private final ToldArbiter arbiter = new ToldArbiter();
  private @TempDir Path directory;

  @AfterEach
  void end() {
    timers.shutdownNow();
  }

  @Test
  void areWhatThisSoftwareSays() throws Exception {
    write();
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if (Boolean.getBoolean("spp.examples.write")) {
      Files.writeString(PAGE, page.substring(0, begin) + text + page.substring(end));
      return;
    }
    assertThat(page.substring(begin, end)).isEqualTo(text.toString());
  }

  private void write() throws Exception {
    TestEdition video = edition();
    say("### 11.1 An edition and its proofs");
    say("");
    say("40,000 bytes, of which byte i is i mod 251, with SHA-256 (hashes in hexadecimal):");
    say("");
    Span all = new Span(new BlockSize(16_384), 0, 3);
    byte[] leaves = video.prove(all);
    for (int leaf = 0; leaf < 3; leaf++) {
      code("leaf " + leaf, hex(leaves, leaf));
    }
    code("root", video.edition.root().toHex());
    code("edition id", video.edition.id().hash().toHex());
    code("in b64", video.edition.id().toString());
    say("");
    say("The root is H(0x01 ‖ H(0x01 ‖ leaf 0 ‖ leaf 1) ‖ leaf 2). Blocks of 16,384 bytes are the");
    say("leaves; the proof of block 1 alone is leaf 0, leaf 1, leaf 2. In blocks of 32,768 bytes");
    say("there are two, and the proof of the first is");
    say("");
    byte[] proof = video.prove(new Span(new BlockSize(32_768), 0, 1));
    code("block 0", hex(proof, 0));
    code("block 1", hex(proof, 1));
    say("");
    say("the second being leaf 2. In blocks of 65,536 bytes the proof is the root.");
    say("");
    exchange(video);
  }

  private static TestEdition edition() {
    byte[] bytes = new byte[40_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 251);
    }
    return new TestEdition(bytes, DigestAlgorithm.SHA_256);
  }

  private void exchange(TestEdition video) throws Exception {
    NodeKey a = TestKeys.first();
    NodeKey b = TestKeys.second();
    byte[] secretBytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      secretBytes[i] = (byte) i;
    }
    Secret secret = Secret.of(secretBytes);
    say("### 11.2 Opening a session");
    say("");
    say("A's key is that of TEST 1 in RFC 8032 section 7.1, B's that of TEST 2; the secret is the");
    say("bytes 0x00 to 0x1f; A's nonce is 32 times 0xa1, B's 32 times 0xb1, the session 16 times");
    say("0xc1. JSON may be laid out in any way.");
    say("");
    code("A's node id", a.id().toString());
    code("B's node id", b.id().toString());
    code("derived secret of B", Secret.derivedFrom(b).toText());
    Octets nonceA = filled(32, 0xa1);
    SppNode node = node(b, secret, video);
    byte[] open =
        new SessionMessages.Open(
                a.publicKey(), nonceA, Handshake.tagOfA(secret, nonceA, a.publicKey()))
            .toJson()
            .toBytes();
    Answer opened = ask(node, new HttpLanes.Call("POST", "/.spp/v1/session", Map.of(), open));
    SessionMessages.Opened terms =
        SessionMessages.Opened.parse(JsonBody.parse(((Answer.Control) opened).body()));
    Handshake.Terms agreed =
        new Handshake.Terms(nonceA, terms.nonce(), a.publicKey(), b.publicKey(), terms.session());
    say("");
    say("A confirms. The session key is HKDF's 32 bytes");
    say("");
    code("session key", keyHex(agreed, secret));
    ClientSession session =
        new ClientSession(terms.session(), agreed.sessionKey(secret), b.publicKey());
    byte[] confirm =
        new SessionMessages.Confirm(Octets.of(a.sign(agreed.signedByA())), 8080, "", "p2pd/1.0.0")
            .toJson()
            .toBytes();
    ask(node, session.sign("POST", "/.spp/v1/session/confirm", Map.of(), confirm).call());
    say("");
    say("### 11.3 Blocks");
    say("");
    say("A asks at a play head for the first of two blocks of 32,768 bytes.");
    BlockQuestion question =
        new BlockQuestion(
            video.edition,
            new Span(new BlockSize(32_768), 0, 1),
            Urgency.PLAY_HEAD,
            BlockQuestion.Relation.CHILD,
            List.of(a.id()));
    arbiter.decisions.add(new Arbiter.Decision.Serve(question.span(), Optional.empty()));
    HttpLanes.Call call =
        session.sign("GET", question.target(), question.headers(), new byte[0]).call();
    Answer answer = ask(node, call);
    say("");
    say("The canonical strings of the question and of its answer:");
    say("");
    lines(
        CanonicalString.ofRequest(
            call.method(), call.target(), CoveredHeaders.ofOwn(call.headers()), call.body()));
    code("");
    lines(
        CanonicalString.ofProvenAnswer(terms.session(), 2, CoveredHeaders.ofOwn(answer.headers())));
    say("");
    say("### 11.4 A refusal");
    say("");
    say("What lies beyond the edition:");
    Map<String, String> beyond = new LinkedHashMap<>(question.headers());
    beyond.put(SppHeaders.RANGE, "bytes=65536-98303");
    ask(node, session.sign("GET", question.target(), beyond, new byte[0]).call());
    say("");
    say("### 11.5 Holdings");
    say("");
    say(
        "B holds the first 32,768 bytes of the edition, and nothing else. A asks for its digest and,");
    say("in blocks of 16,384 bytes, about the edition. (Bodies of answers in hexadecimal.)");
    HoldingsQuestion begins =
        new HoldingsQuestion(
            Duration.ZERO,
            Optional.of("0"),
            List.of(
                new HoldingsQuestion.OfEdition(video.edition.id(), new BlockSize(16_384), "0")));
    ask(node, session.sign("POST", "/.spp/v1/holdings", Map.of(), json(begins)).call());
    say("");
    say("The last leaf comes, and A asks again, ready to wait for five seconds.");
    own.held(new Holding(video.edition.id(), 40_000, 40_000), new ByteRange(32_768, 39_999));
    HoldingsQuestion goesOn =
        new HoldingsQuestion(
            Duration.ofSeconds(5),
            Optional.of(cursors.get(0)),
            List.of(
                new HoldingsQuestion.OfEdition(
                    video.edition.id(), new BlockSize(16_384), cursors.get(1))));
    ask(node, session.sign("POST", "/.spp/v1/holdings", Map.of(), json(goesOn)).call());
    say("");
    leases(node, session, terms.session(), question);
    node.close();
    own.close();
  }

  private static byte[] json(HoldingsQuestion question) {
    return question.toJson().toBytes();
  }

  private void leases(SppNode node, ClientSession session, Octets id, BlockQuestion first)
      throws Exception {
    say("### 11.6 A lease");
    say("");
    say("A asks ahead for the second block, and says what it lately received.");
    BlockQuestion ahead =
        new BlockQuestion(
            first.edition(),
            new Span(new BlockSize(32_768), 1, 1),
            Urgency.READ_AHEAD,
            BlockQuestion.Relation.CHILD,
            first.path(),
            List.of(),
            OptionalLong.of(11_500_000));
    arbiter.decisions.add(
        new Arbiter.Decision.Serve(ahead.span(), Optional.of(Duration.ofSeconds(2))));
    ClientSession.Signed asked = session.sign("GET", ahead.target(), ahead.headers(), new byte[0]);
    Answer leased = ask(node, asked.call());
    say("");
    say("The canonical string of the answer:");
    say("");
    lines(
        CanonicalString.ofProvenAnswer(
            id, asked.counter(), CoveredHeaders.ofOwn(leased.headers())));
    say("");
    say("When it holds the block, it says so.");
    byte[] held =
        ControlRequest.leases(
                first.edition().id(), List.of(new ByteRange(32_768, 39_999)), List.of())
            .body();
    String notices = "/.spp/v1/leases/" + first.edition().id();
    ask(node, session.sign("POST", notices, Map.of(), held).call());
    say("");
    say("### 11.7 A referral");
    say("");
    NodeId member = new NodeId(Hash.of(filled(32, 0xd1).toBytes()));
    say("What another member has, whose id is 32 times 0xd1; A does not want to go to the member");
    say("whose id is 32 times 0xe1.");
    BlockQuestion again =
        new BlockQuestion(
            first.edition(),
            first.span(),
            Urgency.READ_AHEAD,
            BlockQuestion.Relation.CHILD,
            first.path(),
            List.of(new NodeId(Hash.of(filled(32, 0xe1).toBytes()))),
            OptionalLong.empty());
    arbiter.decisions.add(
        new Arbiter.Decision.Refer(
            new Referral(member, new NodeAddress("10.0.0.3", 8080, "/video"))));
    asked = session.sign("GET", again.target(), again.headers(), new byte[0]);
    Answer referred = ask(node, asked.call());
    say("");
    say("The canonical string of the answer:");
    say("");
    lines(
        CanonicalString.ofEmptyAnswer(
            id, asked.counter(), 307, CoveredHeaders.ofOwn(referred.headers())));
    say("");
  }

  /** Decides as it was told. */
  private static final class ToldArbiter implements Arbiter {
    final Queue<Decision> decisions = new ArrayDeque<>();

    @Override
    public Decision decide(LeaseQuestion question) {
      return decisions.remove();
    }

    @Override
    public void unsent(Edition edition, Span span, NodeId asker) {}

    @Override
    public void moved(Edition edition, Span span, NodeId asker) {}

    @Override
    public void noticed(NodeId by, Edition edition, LeaseNotice notice) {}

    @Override
    public void gone(EditionId edition) {}
  }

  private static String keyHex(Handshake.Terms terms, Secret secret) throws Exception {
    return org.p2pd.spp.SessionKeyHex.of(terms.sessionKey(secret));
  }

  private SppNode node(NodeKey key, Secret secret, TestEdition video) {
    TestContent content = new TestContent(directory);
    content.add(video);
    RandomGenerator random = new Scripted(filled(32, 0xb1), filled(16, 0xc1));
    Iterator<Long> lives = List.of(0xd1d1d1d1d1d1d1d1L, 0xe1e1e1e1e1e1e1e1L).iterator();
    own =
        new OwnHoldings(
            edition -> HeldLeaves.of(edition, RoaringBitmap.bitmapOf(0, 1)),
            OwnHoldings.Bounds.STANDARD,
            timers,
            lives::next,
            Ticker.systemTicker());
    own.found(new Holding(video.edition.id(), 32_768, 40_000));
    return SppNode.of(
        new NodeParts(
            new NodeParts.Self(key, NodeFacts.Role.SERVER, true, "p2pd/1.0.0"),
            new NodeParts.Trust(
                Secrets.given(List.of(secret)), new Introductions(key), (h, p, c, i) -> null),
            NodeParts.Supply.alone(content, content, ProofSource.none(), Optional.empty())
                .telling(own)
                .arbitrating(arbiter),
            (by, report) -> {},
            new NodeParts.World(
                timers, Runnable::run, Runnable::run, Ticker.systemTicker(), random)));
  }

  /** Asks, and writes down what was said on both sides. */
  private Answer ask(SppNode node, HttpLanes.Call call) throws Exception {
    say("");
    code(call.method() + " " + call.target());
    call.headers().forEach((name, value) -> code(name + ": " + value));
    Map<String, List<String>> headers = new HashMap<>();
    call.headers().forEach((name, value) -> headers.put(name, List.of(value)));
    if (call.body().length > 0) {
      headers.put(SppHeaders.CONTENT_TYPE, List.of(SppHeaders.JSON));
      code(SppHeaders.CONTENT_TYPE + ": " + SppHeaders.JSON);
      code("");
      code(new String(call.body(), StandardCharsets.UTF_8));
    }
    Answer answer =
        node.answer(
                new Request(
                    call.method(),
                    call.target().substring("/.spp/v1".length()),
                    "",
                    headers,
                    InetAddress.getLoopbackAddress(),
                    InetAddress.getLoopbackAddress(),
                    call.body()))
            .toCompletableFuture()
            .get();
    say("");
    say("is answered by");
    say("");
    code(Integer.toString(answer.status()));
    answer.headers().forEach((name, value) -> code(name + ": " + value));
    if (answer instanceof Answer.Control control && control.body().length > 0) {
      code("");
      if (SppHeaders.HOLDINGS.equals(control.headers().get(SppHeaders.CONTENT_TYPE))) {
        holdings(ByteBuffer.wrap(control.body()));
      } else {
        code(new String(control.body(), StandardCharsets.UTF_8));
      }
    }
    if (answer instanceof Answer.File file) {
      code("");
      code("(" + file.part().lengthBytes() + " bytes of the edition)");
    }
    return answer;
  }

  /** Takes an answer apart as section 6.2 says, in hexadecimal. */
  private void holdings(ByteBuffer bytes) {
    cursors.clear();
    while (bytes.hasRemaining()) {
      int subject = bytes.get();
      byte kind = bytes.get();
      code(
          hex(new byte[] {(byte) subject}),
          "subject: " + (subject == 0 ? "the digest" : "edition " + subject + " of the question"));
      code(hex(new byte[] {kind}), "kind: " + (kind == 1 ? "anew" : "changes"));
      byte[] cursor = new byte[bytes.get()];
      bytes.get(cursor);
      String text = new String(cursor, StandardCharsets.US_ASCII);
      cursors.add(text);
      code(hex(new byte[] {(byte) cursor.length}), "length of the next cursor: " + text);
      code(hex(cursor));
      byte[] count = new byte[4];
      bytes.get(count);
      code(hex(count), "number of records");
      for (int i = 0; i < ByteBuffer.wrap(count).getInt(); i++) {
        byte[] record = new byte[9];
        bytes.get(record);
        code(hex(record), subject == 0 ? inWords(record) : runInWords(ByteBuffer.wrap(record)));
      }
    }
  }

  private static String inWords(byte[] record) {
    return "the edition's id begins so; " + record[8] + " eighths";
  }

  private static String runInWords(ByteBuffer run) {
    String held = run.get() == 1 ? "held: from block " : "gone: from block ";
    return held + run.getInt() + " on, " + run.getInt();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private void lines(byte[] canonical) {
    new String(canonical, StandardCharsets.US_ASCII).lines().forEach(this::code);
  }

  private static Octets filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return Octets.of(bytes);
  }

  private static String hex(byte[] hashes, int index) {
    return Hash.of(hashes, index * Hash.BYTES).toHex();
  }

  private void say(String line) {
    text.append(line).append('\n');
  }

  private void code(String line) {
    say(line.isEmpty() ? "" : "    " + line);
  }

  private void code(String name, String value) {
    code(name + " ".repeat(Math.max(1, 22 - name.length())) + value);
  }

  /** Gives the bytes that it was given, in order. */
  private static final class Scripted implements RandomGenerator {
    private final List<Octets> script;
    private int next;

    Scripted(Octets... script) {
      this.script = List.of(script);
    }

    @Override
    public void nextBytes(byte[] bytes) {
      ByteBuffer.wrap(bytes).put(script.get(next++).toBytes());
    }

    @Override
    public long nextLong() {
      throw new AssertionError("only bytes are random in SPP");
    }
  }
}
