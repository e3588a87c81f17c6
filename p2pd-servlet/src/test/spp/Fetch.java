import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One title, span by span. */
final class Fetch {
  static final int BLOCK = 65_536;
  private static final int REGION = 1_048_576;

  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
  private final Session session;
  private final Catalogue.Entry entry;
  private final String edition;

  Fetch(Session session, Catalogue.Entry entry) throws Exception {
    this.session = session;
    this.entry = entry;
    edition =
        Wire.b64(
            Tree.hash(
                entry.digest(),
                Wire.ascii("p2pd-edition-1"),
                new byte[1],
                Wire.ascii(entry.digest()),
                new byte[1],
                Wire.u64(entry.length()),
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
      Wire.require(
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

  /** Asks; when the parent refers to one of its children, says that it does not want to go there. */
  private Session.Answer asked(String target, long first, long last, String urgency)
      throws Exception {
    Map<String, String> headers = new HashMap<>(headers(session, first, last, urgency));
    List<String> excluded = new ArrayList<>();
    while (true) {
      Session.Answer answer = session.ask("GET", target, headers, "");
      if (answer.status() != 307) {
        return answer;
      }
      String to = answer.headers().get("spp-referred-to");
      Wire.require(
          answer.proven()
              && answer.headers().get("location").endsWith(target)
              && Wire.unb64(to).length == 32
              && !excluded.contains(to)
              && excluded.size() < 16,
          "the parent refers to another member: " + to);
      excluded.add(to);
      headers.put("SPP-Exclude", String.join(", ", excluded));
    }
  }

  private int span(OutputStream out, String target, long first, long last) throws Exception {
    String urgency = first == 0 ? "play-head" : "read-ahead";
    Session.Answer answer = asked(target, first, last, urgency);
    Wire.require(
        answer.status() == 206 && answer.proven(),
        "a span from "
            + first
            + ": "
            + answer.status()
            + " "
            + (answer.status() == 206 ? "" : new String(answer.body(), StandardCharsets.UTF_8)));
    Wire.require(
        answer.headers().get("etag").equals("\"" + edition + "\""), "it is of the edition");
    Matcher range = CONTENT_RANGE.matcher(answer.headers().get("content-range"));
    Wire.require(
        range.matches()
            && Long.parseLong(range.group(1)) == first
            && Long.parseLong(range.group(3)) == entry.length(),
        "it is " + range.group());
    long got = Long.parseLong(range.group(2)) - first + 1;
    Wire.require(got == answer.body().length && got <= last - first + 1, "it is whole");
    List<byte[]> blocks = proven(answer, first, got);
    for (int i = 0; i < blocks.size(); i++) {
      byte[] block =
          Arrays.copyOfRange(answer.body(), i * BLOCK, (int) Math.min(got, (i + 1L) * BLOCK));
      List<byte[]> leaves = Tree.leaves(entry.digest(), block);
      Wire.require(
          Arrays.equals(Tree.root(entry.digest(), leaves), blocks.get(i)),
          "block " + (first / BLOCK + i) + " is right");
      if (i == 0 && urgency.equals("play-head")) {
        byte[] announced = Wire.unb64(answer.headers().get("spp-leaves"));
        Wire.require(
            Arrays.equals(announced, Wire.join(leaves.toArray(byte[][]::new))),
            "its leaf hashes are right");
        block[block.length / 2] ^= 4;
        Wire.require(
            !Arrays.equals(
                Tree.root(entry.digest(), Tree.leaves(entry.digest(), block)), blocks.get(0)),
            "a flipped bit would be seen");
      }
    }
    if (first == 0) {
      Session.Answer head = session.ask("HEAD", target, headers(session, first, last, urgency), "");
      Wire.require(
          head.status() == 200 && head.proven() && head.body().length == 0,
          "HEAD brings the proof alone");
      Wire.require(
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
            Wire.unb64(answer.headers().get("spp-proof")),
            first / 16_384,
            (first + length + 16_383) / 16_384);
    byte[] root = walk.root(0, leaves);
    Wire.require(walk.usedUp() && Arrays.equals(root, entry.root()), "its proof leads to the root");
    return walk.blocks;
  }
}
