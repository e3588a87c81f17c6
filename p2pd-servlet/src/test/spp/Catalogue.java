import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A replica: what the signed batches say. */
final class Catalogue {
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
          session.ask("GET", "/.spp/v1/catalogue?after=" + cursor + "&wait=" + wait, Map.of(), "");
      Wire.require(
          answer.proven(), "the catalogue's answer " + answer.status() + " is the parent's");
      if (answer.status() == 204) {
        Wire.require(++nothingNew < 5, "the first scan ends some time");
        continue;
      }
      Wire.require(
          answer.status() == 200
              && answer.headers().get("content-type").equals("application/p2pd-catalogue"),
          "batches came after " + cursor);
      authority = Wire.unb64(answer.headers().get("spp-authority"));
      ByteBuffer batches = ByteBuffer.wrap(answer.body());
      while (batches.hasRemaining()) {
        batch(batches);
      }
      cursor = answer.headers().get("spp-next");
    }
    System.out.println("ok: " + titles.size() + " titles at " + epoch + "." + number);
  }

  private void batch(ByteBuffer in) throws Exception {
    byte[] header = new byte[216];
    in.get(header);
    ByteBuffer fields = ByteBuffer.wrap(header);
    Wire.require(
        new String(header, 0, 8, StandardCharsets.US_ASCII).equals("p2pd-cat")
            && fields.getShort(8) == 1,
        "a batch");
    boolean checkpoint = header[10] == 2;
    int count = fields.getInt(12);
    byte[] body = new byte[fields.getInt(16)];
    in.get(body);
    Wire.require(
        Arrays.equals(Arrays.copyOfRange(header, 56, 88), authority), "it is the authority's");
    byte[] signed = Arrays.copyOf(header, 152);
    Wire.require(
        NodeKey.verify(authority, Arrays.copyOfRange(header, 152, 216), signed), "it is signed");
    List<byte[]> records = records(body);
    Wire.require(records.size() == count, "it has " + count + " entries");
    List<byte[]> leaves = new ArrayList<>();
    for (byte[] record : records) {
      leaves.add(Wire.sha256(new byte[] {0}, record));
    }
    byte[] root = leaves.isEmpty() ? Wire.sha256() : Tree.root("SHA-256", leaves);
    Wire.require(
        Arrays.equals(root, Arrays.copyOfRange(header, 120, 152)),
        "its entries are those that were signed");
    if (checkpoint) {
      page(fields, Wire.sha256(signed), body);
    } else {
      journal(fields, Wire.sha256(signed), records);
    }
  }

  private void journal(ByteBuffer fields, byte[] id, List<byte[]> records) {
    long first = fields.getLong(40);
    long last = fields.getLong(48);
    if (fields.getLong(32) > epoch) {
      Wire.require(first == 1, "an epoch begins with number 1");
      epoch = fields.getLong(32);
      number = 0;
      lastId = new byte[32];
    }
    byte[] previous = Arrays.copyOfRange(fields.array(), 88, 120);
    Wire.require(
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
      default -> Wire.require(record[0] == 3, "an entry's kind is 1 to 4");
    }
  }
}
