import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A p2pd node in one file, written from docs/spp.md and docs/spp-catalogue.md alone: it shares no
 * code with p2pd, so that it shows whether those pages are complete. It introduces itself to a
 * parent, opens a session, reads and verifies the catalogue, and fetches and verifies one title.
 *
 * <p>Usage: {@code java IndependentNode.java PARENT TITLE FILE}, such as {@code java
 * IndependentNode.java http://10.0.0.1:8080 /movie.mpg got.mpg}. It prints a line for each thing
 * that it made sure of, and ends with 0 if all of them hold.
 */
public final class IndependentNode {

  static final int BLOCK = 65_536;
  static final int REGION = 1_048_576;
  static final Duration LIMIT = Duration.ofSeconds(60);

  private IndependentNode() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 3) {
      System.err.println("usage: java IndependentNode.java PARENT TITLE FILE");
      System.exit(2);
    }
    NodeKey key = new NodeKey();
    try (Door door = new Door(key)) {
      byte[] secret = door.askForSecret(arguments[0]);
      Session session = new Session(arguments[0], key, secret, door.port());
      session.refusesWhatItMust();
      Catalogue catalogue = new Catalogue();
      catalogue.readAll(session);
      Catalogue.Entry entry = catalogue.titles.get(arguments[1]);
      require(
          entry != null,
          "the catalogue has " + arguments[1] + " among " + catalogue.titles.keySet());
      new Fetch(session, entry).to(Path.of(arguments[2]));
    }
    System.exit(0);
  }

  static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("does not hold: " + what);
    }
    System.out.println("ok: " + what);
  }

  // ---------------------------------------------------------------- spp.md section 1

  static String b64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static byte[] unb64(String text) {
    return Base64.getUrlDecoder().decode(text);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] u64(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return random;
  }

  static byte[] sha256(byte[]... parts) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(join(parts));
  }

  static byte[] hmac(byte[] key, byte[]... parts) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(join(parts));
  }

  static String json(byte[] body, String member) {
    Matcher matcher =
        Pattern.compile("\"" + member + "\"\\s*:\\s*\"([^\"]*)\"")
            .matcher(new String(body, StandardCharsets.UTF_8));
    return matcher.find() ? matcher.group(1) : "";
  }

  /** An Ed25519 key; its id is SHA-256 of the raw 32 bytes of its public half. */
  static final class NodeKey {
    private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");
    private final KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    final byte[] raw;

    NodeKey() throws Exception {
      byte[] encoded = pair.getPublic().getEncoded();
      raw = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    }

    byte[] sign(byte[]... parts) throws Exception {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(join(parts));
      return signature.sign();
    }

    static boolean verify(byte[] raw, byte[] signed, byte[]... parts) throws Exception {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initVerify(
          KeyFactory.getInstance("Ed25519")
              .generatePublic(new X509EncodedKeySpec(join(PREFIX, raw))));
      signature.update(join(parts));
      return signature.verify(signed);
    }
  }

  // ---------------------------------------------------------------- spp.md section 3.4

  /** Where this node answers: only to the introduction that comes while it asks for the secret. */
  static final class Door implements AutoCloseable {
    private final NodeKey key;
    private final byte[] nonce = random(32);
    private final HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", 0), 0);
    private volatile byte[] challenge = {};
    private volatile byte[] introducedKey = {};

    Door(NodeKey key) throws IOException {
      this.key = key;
      server.createContext(
          "/.spp/v1/introduction",
          exchange -> {
            byte[] answer = introduce(exchange.getRequestBody().readAllBytes());
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(
                answer.length == 0 ? 404 : 200, answer.length == 0 ? -1 : answer.length);
            try (OutputStream body = exchange.getResponseBody()) {
              body.write(answer);
            }
          });
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    private byte[] introduce(byte[] question) throws IOException {
      if (!json(question, "nonce").equals(b64(nonce))) {
        return new byte[0];
      }
      challenge = unb64(json(question, "challenge"));
      introducedKey = unb64(json(question, "key"));
      try {
        byte[] signature =
            key.sign(
                ascii("p2pd-introduction-1"),
                new byte[1],
                nonce,
                challenge,
                key.raw,
                introducedKey);
        return ascii("{\"signature\": \"" + b64(signature) + "\"}");
      } catch (Exception e) {
        throw new IOException(e);
      }
    }

    byte[] askForSecret(String parent) throws Exception {
      HttpResponse<byte[]> answer =
          post(
              URI.create(parent + "/.spp/v1/secret"),
              "{\"version\": 1, \"key\": \""
                  + b64(key.raw)
                  + "\", \"nonce\": \""
                  + b64(nonce)
                  + "\", \"port\": "
                  + port()
                  + ", \"path\": \"\"}");
      require(
          answer.statusCode() == 200,
          "the parent hands out its secret: "
              + answer.statusCode()
              + " "
              + new String(answer.body(), StandardCharsets.UTF_8)
                  .replaceAll("\"secret\":\"[^\"]*\"", "\"secret\":…"));
      byte[] secret = unb64(json(answer.body(), "secret"));
      byte[] parentKey = unb64(json(answer.body(), "key"));
      require(
          Arrays.equals(parentKey, introducedKey)
              && Arrays.equals(unb64(json(answer.body(), "challenge")), challenge),
          "key and challenge are those of the introduction");
      require(
          NodeKey.verify(
              parentKey,
              unb64(json(answer.body(), "signature")),
              ascii("p2pd-secret-1"),
              new byte[1],
              nonce,
              challenge,
              sha256(secret)),
          "the secret is signed by the node that introduced itself");
      require(secret.length >= 16 && secret.length <= 64, "a secret has 16 to 64 bytes");
      return secret;
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();

  static HttpResponse<byte[]> post(URI target, String body) throws Exception {
    return HTTP.send(
        HttpRequest.newBuilder(target)
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  // ---------------------------------------------------------------- spp.md sections 3.1 to 3.3

  /** A session in which this node asks its parent. */
  static final class Session {
    private final String parent;
    private final byte[] sessionKey;
    private final String id;
    final String ownId;
    private long counter;

    Session(String parent, NodeKey key, byte[] secret, int port) throws Exception {
      this.parent = parent;
      ownId = b64(sha256(key.raw));
      byte[] nonceA = random(32);
      byte[] tag = hmac(secret, ascii("p2pd-tag-1"), new byte[1], ascii("A"), nonceA, key.raw);
      HttpResponse<byte[]> answer =
          post(
              URI.create(parent + "/.spp/v1/session"),
              "{\"version\": 1, \"key\": \""
                  + b64(key.raw)
                  + "\", \"nonce\": \""
                  + b64(nonceA)
                  + "\", \"tag\": \""
                  + b64(tag)
                  + "\"}");
      require(answer.statusCode() == 200, "a session is opened: " + answer.statusCode());
      id = json(answer.body(), "session");
      byte[] keyB = unb64(json(answer.body(), "key"));
      byte[] nonceB = unb64(json(answer.body(), "nonce"));
      require(
          Arrays.equals(
              unb64(json(answer.body(), "tag")),
              hmac(secret, ascii("p2pd-tag-1"), new byte[1], ascii("B"), nonceA, nonceB, keyB)),
          "the parent has the secret");
      byte[] transcript =
          join(ascii("p2pd-session-1"), new byte[1], nonceA, nonceB, key.raw, keyB, unb64(id));
      require(
          NodeKey.verify(keyB, unb64(json(answer.body(), "signature")), transcript, ascii("B")),
          "the parent signed the session");
      sessionKey =
          hkdf(
              secret,
              join(nonceA, nonceB),
              join(ascii("p2pd-key-1"), new byte[1], sha256(key.raw), sha256(keyB), unb64(id)));
      Answer early = ask("GET", "/.spp/v1/node", Map.of(), "");
      require(
          early.status == 401 && early.error().equals("unconfirmed-session"),
          "nothing is answered before the session is confirmed");
      Answer confirmed =
          ask(
              "POST",
              "/.spp/v1/session/confirm",
              Map.of(),
              "{\"signature\": \""
                  + b64(key.sign(transcript, ascii("A")))
                  + "\", \"port\": "
                  + port
                  + ", \"path\": \"\", \"software\": \"independent/1\"}");
      require(confirmed.status == 204 && confirmed.proven, "the session is confirmed");
      Answer facts = ask("GET", "/.spp/v1/node", Map.of(), "");
      require(
          facts.status == 200 && facts.proven && json(facts.body, "id").equals(b64(sha256(keyB))),
          "the parent's id is its key's fingerprint");
    }

    private static byte[] hkdf(byte[] input, byte[] salt, byte[] info) throws Exception {
      return hmac(hmac(salt, input), info, new byte[] {1});
    }

    /** An answer; proven if it carries a right MAC. */
    record Answer(int status, Map<String, String> headers, byte[] body, boolean proven) {
      String error() {
        return json(body, "error");
      }
    }

    Answer ask(String method, String target, Map<String, String> headers, String body)
        throws Exception {
      return ask(method, target, headers, body, ++counter, true);
    }

    private Answer ask(
        String method,
        String target,
        Map<String, String> headers,
        String body,
        long number,
        boolean rightMac)
        throws Exception {
      TreeMap<String, String> covered = new TreeMap<>();
      headers.forEach((name, value) -> covered.put(name.toLowerCase(Locale.ROOT), value));
      covered.put("spp-session", id);
      covered.put("spp-counter", Long.toString(number));
      String canonical =
          "p2pd-request-1\n"
              + method
              + "\n"
              + target
              + "\n"
              + lines(covered)
              + b64(sha256(ascii(body)))
              + "\n";
      byte[] mac = hmac(sessionKey, ascii(canonical));
      if (!rightMac) {
        mac[5] ^= 1;
      }
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(parent + target))
              .timeout(LIMIT)
              .method(
                  method,
                  body.isEmpty()
                      ? HttpRequest.BodyPublishers.noBody()
                      : HttpRequest.BodyPublishers.ofString(body))
              .header("SPP-MAC", b64(mac));
      covered.forEach(request::header);
      if (!body.isEmpty()) {
        request.header("Content-Type", "application/json");
      }
      HttpResponse<byte[]> answer =
          HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      Map<String, String> answered = new HashMap<>();
      answer
          .headers()
          .map()
          .forEach((name, values) -> answered.put(name.toLowerCase(Locale.ROOT), values.get(0)));
      return new Answer(
          answer.statusCode(),
          answered,
          answer.body(),
          isProven(method, number, answer.statusCode(), answered, answer.body()));
    }

    private boolean isProven(
        String method, long number, int status, Map<String, String> headers, byte[] body)
        throws Exception {
      TreeMap<String, String> covered = new TreeMap<>();
      headers.forEach(
          (name, value) -> {
            boolean named =
                List.of("range", "content-range", "etag", "location", "retry-after").contains(name);
            if (named || (name.startsWith("spp-") && !name.equals("spp-mac"))) {
              covered.put(name, value);
            }
          });
      String bodyLine =
          status == 206 ? "proven" : b64(sha256(method.equals("HEAD") ? new byte[0] : body));
      String canonical =
          "p2pd-answer-1\n"
              + id
              + "\n"
              + number
              + "\n"
              + status
              + "\n"
              + lines(covered)
              + bodyLine
              + "\n";
      return b64(hmac(sessionKey, ascii(canonical))).equals(headers.get("spp-mac"));
    }

    private static String lines(TreeMap<String, String> covered) {
      StringBuilder lines = new StringBuilder();
      covered.forEach((name, value) -> lines.append(name).append(':').append(value).append('\n'));
      return lines.toString();
    }

    void refusesWhatItMust() throws Exception {
      Answer replayed = ask("GET", "/.spp/v1/node", Map.of(), "", counter, true);
      require(
          replayed.status == 401 && replayed.error().equals("replay"), "a counter is taken once");
      Answer forged = ask("GET", "/.spp/v1/node", Map.of(), "", ++counter, false);
      require(forged.status == 401 && forged.error().equals("bad-mac"), "a wrong MAC is refused");
      Answer unknown = ask("GET", "/.spp/v1/no-such-thing", Map.of(), "");
      require(
          unknown.status == 404 && unknown.proven && unknown.error().equals("unknown-resource"),
          "an unknown resource is said to be unknown");
      Answer edition =
          ask(
              "GET",
              "/.spp/v1/editions/" + b64(new byte[32]),
              Fetch.headers(this, 0, BLOCK - 1, "play-head"),
              "");
      require(
          edition.status == 404 && edition.proven && edition.error().equals("unknown-edition"),
          "an unknown edition is said to be unknown");
    }
  }

  // ---------------------------------------------------------------- spp-catalogue.md

  /** A replica: what the signed batches say. */
  static final class Catalogue {
    static final String[] DIGESTS = {"", "SHA-256", "SHA-512/256", "SHA3-256"};

    record Entry(String digest, long length, byte[] root) {}

    final Map<String, Entry> titles = new HashMap<>();
    private byte[] authority = {};
    private long epoch;
    private long number;
    private byte[] lastId = new byte[32];
    private boolean complete;
    private final Map<Integer, byte[]> pages = new TreeMap<>();

    void readAll(Session session) throws Exception {
      String cursor = "0";
      int nothingNew = 0;
      while (!complete || nothingNew == 0) {
        int wait = complete ? 0 : 10;
        Session.Answer answer =
            session.ask(
                "GET", "/.spp/v1/catalogue?after=" + cursor + "&wait=" + wait, Map.of(), "");
        require(answer.proven, "the catalogue's answer " + answer.status + " is the parent's");
        if (answer.status == 204) {
          require(++nothingNew < 5, "the first scan ends some time");
          continue;
        }
        require(
            answer.status == 200
                && answer.headers.get("content-type").equals("application/p2pd-catalogue"),
            "batches came after " + cursor);
        authority = unb64(answer.headers.get("spp-authority"));
        ByteBuffer batches = ByteBuffer.wrap(answer.body);
        while (batches.hasRemaining()) {
          batch(batches);
        }
        cursor = answer.headers.get("spp-next");
      }
      System.out.println("ok: " + titles.size() + " titles at " + epoch + "." + number);
    }

    private void batch(ByteBuffer in) throws Exception {
      byte[] header = new byte[216];
      in.get(header);
      ByteBuffer fields = ByteBuffer.wrap(header);
      require(
          new String(header, 0, 8, StandardCharsets.US_ASCII).equals("p2pd-cat")
              && fields.getShort(8) == 1,
          "a batch");
      boolean checkpoint = header[10] == 2;
      int count = fields.getInt(12);
      byte[] body = new byte[fields.getInt(16)];
      in.get(body);
      require(
          Arrays.equals(Arrays.copyOfRange(header, 56, 88), authority), "it is the authority's");
      byte[] signed = Arrays.copyOf(header, 152);
      require(
          NodeKey.verify(authority, Arrays.copyOfRange(header, 152, 216), signed), "it is signed");
      List<byte[]> records = records(body);
      require(records.size() == count, "it has " + count + " entries");
      List<byte[]> leaves = new ArrayList<>();
      for (byte[] record : records) {
        leaves.add(sha256(new byte[] {0}, record));
      }
      byte[] root = leaves.isEmpty() ? sha256() : Tree.root("SHA-256", leaves);
      require(
          Arrays.equals(root, Arrays.copyOfRange(header, 120, 152)),
          "its entries are those that were signed");
      if (checkpoint) {
        page(fields, sha256(signed), body);
      } else {
        journal(fields, sha256(signed), records);
      }
    }

    private void journal(ByteBuffer fields, byte[] id, List<byte[]> records) {
      long first = fields.getLong(40);
      long last = fields.getLong(48);
      if (fields.getLong(32) > epoch) {
        require(first == 1, "an epoch begins with number 1");
        epoch = fields.getLong(32);
        number = 0;
        lastId = new byte[32];
      }
      byte[] previous = Arrays.copyOfRange(fields.array(), 88, 120);
      require(
          first == number + 1
              && last - first + 1 == records.size()
              && Arrays.equals(previous, lastId),
          "it continues the journal with " + first + " to " + last);
      records.forEach(this::apply);
      number = last;
      lastId = id;
    }

    private void page(ByteBuffer fields, byte[] id, byte[] body) {
      pages.put(fields.getInt(20), body);
      if (pages.size() == fields.getInt(24)) {
        pages.values().forEach(page -> records(page).forEach(this::apply));
        pages.clear();
        epoch = fields.getLong(32);
        number = fields.getLong(48);
        lastId = Arrays.copyOfRange(fields.array(), 88, 120);
      }
    }

    private static List<byte[]> records(byte[] body) {
      List<byte[]> records = new ArrayList<>();
      for (int at = 0; at < body.length; ) {
        int titleLength = ByteBuffer.wrap(body).getShort(at + 2);
        int length = (body[at] == 1 ? 60 : 12) + titleLength;
        records.add(Arrays.copyOfRange(body, at, at + length));
        at += length;
      }
      return records;
    }

    private void apply(byte[] record) {
      ByteBuffer fields = ByteBuffer.wrap(record);
      int start = record[0] == 1 ? 60 : 12;
      String title = new String(record, start, record.length - start, StandardCharsets.UTF_8);
      switch (record[0]) {
        case 1 ->
            titles.put(
                title,
                new Entry(
                    DIGESTS[record[1]], fields.getLong(12), Arrays.copyOfRange(record, 28, 60)));
        case 2 -> titles.remove(title);
        case 4 -> complete = true;
        default -> require(record[0] == 3, "an entry's kind is 1 to 4");
      }
    }
  }

  // ---------------------------------------------------------------- spp.md sections 2 and 4

  /** Hash trees. */
  static final class Tree {
    private Tree() {}

    static byte[] hash(String digest, byte[]... parts) throws Exception {
      return MessageDigest.getInstance(digest).digest(join(parts));
    }

    static byte[] inner(String digest, byte[] left, byte[] right) throws Exception {
      return hash(digest, new byte[] {1}, left, right);
    }

    static int split(long leaves) {
      return (int) Long.highestOneBit(leaves - 1);
    }

    static byte[] root(String digest, List<byte[]> leaves) throws Exception {
      if (leaves.size() == 1) {
        return leaves.get(0);
      }
      int half = split(leaves.size());
      return inner(
          digest,
          root(digest, leaves.subList(0, half)),
          root(digest, leaves.subList(half, leaves.size())));
    }

    static List<byte[]> leaves(String digest, byte[] bytes) throws Exception {
      List<byte[]> leaves = new ArrayList<>();
      for (int at = 0; at < bytes.length; at += 16_384) {
        leaves.add(
            hash(
                digest,
                new byte[] {0},
                Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 16_384))));
      }
      return leaves;
    }
  }

  /** A proof being walked: gives the root, and gathers the hashes of the span's blocks. */
  static final class Walk {
    private final String digest;
    private final ByteBuffer proof;
    private final long first;
    private final long end;
    final List<byte[]> blocks = new ArrayList<>();

    /** The span is the leaves from {@code first} to before {@code end}. */
    Walk(String digest, byte[] proof, long first, long end) {
      this.digest = digest;
      this.proof = ByteBuffer.wrap(proof);
      this.first = first;
      this.end = end;
    }

    byte[] root(long from, long to) throws Exception {
      boolean outside = to <= first || from >= end;
      boolean block = to - from <= BLOCK / 16_384;
      if (outside || block) {
        byte[] hash = new byte[32];
        proof.get(hash);
        if (!outside) {
          blocks.add(hash);
        }
        return hash;
      }
      long middle = from + Tree.split(to - from);
      byte[] left = root(from, middle);
      return Tree.inner(digest, left, root(middle, to));
    }

    boolean usedUp() {
      return !proof.hasRemaining();
    }
  }

  /** One title, span by span. */
  static final class Fetch {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
    private final Session session;
    private final Catalogue.Entry entry;
    private final String edition;

    Fetch(Session session, Catalogue.Entry entry) throws Exception {
      this.session = session;
      this.entry = entry;
      edition =
          b64(
              Tree.hash(
                  entry.digest(),
                  ascii("p2pd-edition-1"),
                  new byte[1],
                  ascii(entry.digest()),
                  new byte[1],
                  u64(entry.length()),
                  entry.root()));
    }

    static Map<String, String> headers(Session session, long first, long last, String urgency) {
      return Map.of(
          "Range",
          "bytes=" + first + "-" + last,
          "SPP-Block",
          Integer.toString(BLOCK),
          "SPP-Urgency",
          urgency,
          "SPP-Relation",
          "child",
          "SPP-Path",
          session.ownId);
    }

    void to(Path file) throws Exception {
      String target = "/.spp/v1/editions/" + edition;
      if (entry.length() > 1) {
        Session.Answer odd =
            session.ask("GET", target, headers(session, 1, entry.length() - 1, "warming"), "");
        require(
            odd.status() == 416 && odd.proven() && odd.error().equals("not-a-span"),
            "what is no span is refused");
      }
      try (OutputStream out = Files.newOutputStream(file)) {
        for (long at = 0; at < entry.length(); ) {
          long last = Math.min(entry.length(), (at / REGION + 1) * REGION) - 1;
          at += span(out, target, at, last);
        }
      }
      System.out.println("ok: " + entry.length() + " bytes of edition " + edition + " verified");
    }

    private int span(OutputStream out, String target, long first, long last) throws Exception {
      String urgency = first == 0 ? "play-head" : "read-ahead";
      Session.Answer answer =
          session.ask("GET", target, headers(session, first, last, urgency), "");
      require(
          answer.status() == 206 && answer.proven(),
          "a span from "
              + first
              + ": "
              + answer.status()
              + " "
              + (answer.status() == 206 ? "" : new String(answer.body(), StandardCharsets.UTF_8)));
      require(answer.headers().get("etag").equals("\"" + edition + "\""), "it is of the edition");
      Matcher range = CONTENT_RANGE.matcher(answer.headers().get("content-range"));
      require(
          range.matches()
              && Long.parseLong(range.group(1)) == first
              && Long.parseLong(range.group(3)) == entry.length(),
          "it is " + range.group());
      long got = Long.parseLong(range.group(2)) - first + 1;
      require(got == answer.body().length && got <= last - first + 1, "it is whole");
      List<byte[]> blocks = proven(answer, first, got);
      for (int i = 0; i < blocks.size(); i++) {
        byte[] block =
            Arrays.copyOfRange(answer.body(), i * BLOCK, (int) Math.min(got, (i + 1L) * BLOCK));
        List<byte[]> leaves = Tree.leaves(entry.digest(), block);
        require(
            Arrays.equals(Tree.root(entry.digest(), leaves), blocks.get(i)),
            "block " + (first / BLOCK + i) + " is right");
        if (i == 0 && urgency.equals("play-head")) {
          byte[] announced = unb64(answer.headers().get("spp-leaves"));
          require(
              Arrays.equals(announced, join(leaves.toArray(byte[][]::new))),
              "its leaf hashes are right");
          block[block.length / 2] ^= 4;
          require(
              !Arrays.equals(
                  Tree.root(entry.digest(), Tree.leaves(entry.digest(), block)), blocks.get(0)),
              "a flipped bit would be seen");
        }
      }
      if (first == 0) {
        Session.Answer head =
            session.ask("HEAD", target, headers(session, first, last, urgency), "");
        require(
            head.status() == 200 && head.proven() && head.body().length == 0,
            "HEAD brings the proof alone");
        require(
            Optional.ofNullable(head.headers().get("spp-proof")).isPresent(), "and that is there");
      }
      out.write(answer.body());
      return (int) got;
    }

    private List<byte[]> proven(Session.Answer answer, long first, long length) throws Exception {
      long leaves = (entry.length() + 16_383) / 16_384;
      Walk walk =
          new Walk(
              entry.digest(),
              unb64(answer.headers().get("spp-proof")),
              first / 16_384,
              (first + length + 16_383) / 16_384);
      byte[] root = walk.root(0, leaves);
      require(walk.usedUp() && Arrays.equals(root, entry.root()), "its proof leads to the root");
      return walk.blocks;
    }
  }
}
