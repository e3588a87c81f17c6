package org.p2pd.catalogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;

/**
 * The worked example of docs/spp-catalogue.md, made and compared. {@code -Dp2pd.docs.write=true}
 * writes it.
 */
class DocumentedExampleTest {

  private static final Path DOCUMENT = Path.of("../docs/spp-catalogue.md");
  private static final String BEGIN = "<!-- example:begin -->\n";
  private static final String END = "<!-- example:end -->";
  private static final long EPOCH = 1_767_225_600_000L;
  private static final HexFormat HEX = HexFormat.of();

  @TempDir Path directory;

  private final StringBuilder text = new StringBuilder();

  @Test
  void theDocumentHasTheseBytes() throws IOException, CatalogueFormatException {
    NodeKey key = Samples.rfcKey(directory);
    Batch first = first(key);
    Batch second = second(key, first);
    Batch checkpoint = checkpoint(key, second);
    SignedEntry signed = SignedEntry.of(first, 1).orElseThrow();

    line("The authority's raw public key, and its fingerprint (node id):");
    code(HEX.formatHex(key.publicKey().toBytes()), key.id().toString());
    line("One file of 13 bytes, `hello, world` and a line feed, is the edition");
    code("root       " + hello().root().toHex(), "edition id " + hello().id());
    line(
        "The first batch of epoch 1767225600000 publishes it as `/é/hello.txt` and announces `/soon.mpg`. Its header:");
    header(first);
    line("Its two entries, the leaves they make, and the root over both:");
    entries(first);
    line("The second batch removes the announced title and says that the scan is complete:");
    code(lines(second.bytes()));
    line(
        "A checkpoint of position (1767225600000, 4), one page: `/é/hello.txt` under its number 1 and scan-complete under 4; the tombstone is left out.");
    code(lines(checkpoint.bytes()));
    line(
        "The entry of `/é/hello.txt` in the first batch as a signed entry, from its index on (the header stands before it): index 0, length, record, and a path of one hash, the leaf of the other entry.");
    byte[] bytes = signed.toBytes();
    code(lines(Arrays.copyOfRange(bytes, BatchHeader.BYTES, bytes.length)));

    assertThat(signed.isSignedBy(key.publicKey())).isTrue();
    compare();
  }

  private static Edition hello() {
    ByteBuffer content = ByteBuffer.wrap("hello, world\n".getBytes(UTF_8));
    Hash root = new TreeHasher(DigestAlgorithm.SHA_256).leaf(content);
    return new Edition(DigestAlgorithm.SHA_256, 13, root);
  }

  private static Entry published() {
    return new Entry.Published(
        1,
        new PublishedTitle(title("/é/hello.txt"), hello(), Instant.parse("2026-01-01T00:00:00Z")));
  }

  private static Batch first(NodeKey key) {
    return Batch.sign(
        key,
        BatchPlace.journal(EPOCH, 1, 2, BatchPlace.NO_PREVIOUS),
        List.of(published(), new Entry.Announced(2, title("/soon.mpg"))));
  }

  private static Batch second(NodeKey key, Batch first) {
    return Batch.sign(
        key,
        BatchPlace.journal(EPOCH, 3, 4, first.header().id()),
        List.of(new Entry.Removed(3, title("/soon.mpg")), new Entry.ScanComplete(4)));
  }

  private static Batch checkpoint(NodeKey key, Batch second) {
    return Batch.sign(
        key,
        BatchPlace.checkpoint(0, 1, new Position(EPOCH, 4), second.header().id()),
        List.of(published(), new Entry.ScanComplete(4)));
  }

  private void header(Batch batch) {
    byte[] h = batch.header().toBytes();
    code(
        hex(h, 0, 8) + "  p2pd-cat",
        hex(h, 8, 12) + "  version 1, journal",
        hex(h, 12, 20) + "  2 entries, " + batch.header().bodyBytes() + " bytes",
        hex(h, 20, 32) + "  page 0 of 1",
        hex(h, 32, 40) + "  epoch",
        hex(h, 40, 56) + "  first 1, last 2",
        hex(h, 56, 88) + "  authority",
        hex(h, 88, 120) + "  previous: none",
        hex(h, 120, 152) + "  root",
        hex(h, 152, 184) + "  signature",
        hex(h, 184, 216),
        "",
        batch.header().id().toHex() + "  its batch id");
  }

  private void entries(Batch batch) {
    TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
    List<byte[]> records = batch.records();
    Hash left = hasher.leaf(ByteBuffer.wrap(records.get(0)));
    Hash right = hasher.leaf(ByteBuffer.wrap(records.get(1)));
    byte[] one = records.get(0);
    code(
        hex(one, 0, 12) + "  published, SHA-256, title of 13 bytes, number 1",
        hex(one, 12, 28) + "  13 bytes, 2026-01-01T00:00:00Z",
        hex(one, 28, 60) + "  root",
        hex(one, 60, one.length) + "  /é/hello.txt",
        hex(records.get(1), 0, 12) + "  announced, title of 9 bytes, number 2",
        hex(records.get(1), 12, 21) + "  /soon.mpg",
        "",
        left.toHex() + "  first leaf",
        right.toHex() + "  second leaf",
        hasher.inner(left, right).toHex() + "  root");
    assertThat(hasher.inner(left, right)).isEqualTo(batch.header().root());
  }

  private static String hex(byte[] bytes, int from, int to) {
    return HEX.formatHex(bytes, from, to);
  }

  /** 32 bytes a line. */
  private static String[] lines(byte[] bytes) {
    String[] lines = new String[(bytes.length + 31) / 32];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = hex(bytes, 32 * i, Math.min(bytes.length, 32 * i + 32));
    }
    return lines;
  }

  private void line(String sentence) {
    text.append('\n').append(sentence).append("\n\n");
  }

  private void code(String... lines) {
    for (String line : lines) {
      text.append(line.isEmpty() ? "" : "    " + line).append('\n');
    }
  }

  private void compare() throws IOException {
    String document = Files.readString(DOCUMENT);
    int from = document.indexOf(BEGIN) + BEGIN.length();
    int to = document.indexOf(END);
    String made = text.append('\n').toString();
    if (Boolean.getBoolean("p2pd.docs.write")) {
      Files.writeString(DOCUMENT, document.substring(0, from) + made + document.substring(to));
      return;
    }
    assertThat(document.substring(from, to)).isEqualTo(made);
  }
}
