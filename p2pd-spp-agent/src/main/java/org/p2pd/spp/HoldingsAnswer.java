package org.p2pd.spp;

import com.google.common.io.ByteArrayDataOutput;
import com.google.common.io.ByteStreams;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.BlockRun;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.DigestRecords;
import org.p2pd.holdings.Eighths;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;

/**
 * The answer to a {@link HoldingsQuestion}, as bytes (docs/spp.md section 6.2).
 *
 * <pre>
 * part     u8  0: the digest; n: the n-th edition of the question
 *          u8  0 changes, 1 anew; +2: more is to be had at once; 4: nothing is told of the edition
 *          u8  length of the next cursor, and its characters
 *          u32 number of records, and those
 * record   u64 key of an edition, u8 eighths
 *      or  u8  held (1) or gone (0), u32 first block, u32 count
 * </pre>
 */
public final class HoldingsAnswer {

  /** Of every record. */
  public static final int RECORD_BYTES = 9;

  private static final int FIXED_BYTES = 7;
  private static final int ANEW = 1;
  private static final int MORE = 2;
  private static final int UNTOLD = 4;
  private static final int DIGEST = 0;

  private HoldingsAnswer() {}

  /** What an answer says of one thing that was asked for. */
  public sealed interface Part {

    record Digest(DigestNews news) implements Part {}

    /**
     * Blocks of an edition.
     *
     * @param index its place among the editions of the question, from 0
     */
    record Blocks(int index, BlockNews news) implements Part {}

    /** The asked node does not know the edition, or tells of too many others. */
    record Untold(int index) implements Part {}
  }

  /** Puts an answer together, as far as it has room. */
  public static final class Builder {

    private final ByteArrayDataOutput bytes = ByteStreams.newDataOutput();
    private int size;

    /** How many records of another part there is room for; 0 if there is none for the part. */
    public int roomForRecords() {
      int room = SppLimits.MAX_HOLDINGS_BYTES - size - FIXED_BYTES - SppLimits.MAX_CURSOR_CHARS;
      return Math.max(0, room / RECORD_BYTES);
    }

    public boolean isEmpty() {
      return size == 0;
    }

    public Builder digest(DigestNews news) {
      DigestRecords records = news.records();
      begin(DIGEST, kind(news.anew(), news.more()), news.next(), records.count());
      for (int i = 0; i < records.count(); i++) {
        bytes.writeLong(records.key(i));
        bytes.writeByte(records.eighths(i));
      }
      return this;
    }

    /** Blocks of the edition at that place of the question, from 0. */
    public Builder blocks(int index, BlockNews news) {
      begin(index + 1, kind(news.anew(), news.more()), news.next(), news.runs().size());
      for (BlockRun run : news.runs()) {
        bytes.writeBoolean(run.held());
        bytes.writeInt(run.first());
        bytes.writeInt(run.count());
      }
      return this;
    }

    public Builder untold(int index) {
      begin(index + 1, UNTOLD, "", 0);
      return this;
    }

    private void begin(int subject, int kind, String next, int records) {
      bytes.writeByte(subject);
      bytes.writeByte(kind);
      bytes.writeByte(next.length());
      bytes.write(next.getBytes(StandardCharsets.US_ASCII));
      bytes.writeInt(records);
      size += FIXED_BYTES + next.length() + records * RECORD_BYTES;
    }

    private static int kind(boolean anew, boolean more) {
      return (anew ? ANEW : 0) + (more ? MORE : 0);
    }

    public byte[] build() {
      return bytes.toByteArray();
    }
  }

  /**
   * Reads an answer.
   *
   * @param question that it answers
   * @param editions the same as those of the question, in its order
   */
  public static List<Part> parse(byte[] body, HoldingsQuestion question, List<Edition> editions)
      throws MalformedException {
    if (body.length > SppLimits.MAX_HOLDINGS_BYTES) {
      throw new MalformedException("an answer of " + body.length + " bytes");
    }
    ByteBuffer bytes = ByteBuffer.wrap(body);
    List<Part> parts = new ArrayList<>();
    boolean[] seen = new boolean[editions.size() + 1];
    seen[DIGEST] = question.digestAfter().isEmpty();
    while (bytes.hasRemaining()) {
      need(bytes, 3);
      int subject = Byte.toUnsignedInt(bytes.get());
      if (subject >= seen.length || seen[subject]) {
        throw new MalformedException("part " + subject + " was not asked for, or comes twice");
      }
      seen[subject] = true;
      parts.add(
          subject == DIGEST
              ? digest(Head.read(bytes, SppLimits.MAX_DIGEST_RECORDS), bytes)
              : blocks(
                  subject - 1,
                  blockCount(question, editions, subject - 1),
                  Head.read(bytes, SppLimits.MAX_BLOCK_RUNS),
                  bytes));
    }
    return parts;
  }

  private static int blockCount(HoldingsQuestion question, List<Edition> editions, int index) {
    BlockSize size = question.editions().get(index).size();
    return size.blockCount(editions.get(index).lengthBytes());
  }

  /** What every part begins with. */
  private record Head(int kind, String next, int records) {

    static Head read(ByteBuffer bytes, int mostRecords) throws MalformedException {
      int kind = Byte.toUnsignedInt(bytes.get());
      byte[] cursor = new byte[Byte.toUnsignedInt(bytes.get())];
      need(bytes, cursor.length + Integer.BYTES);
      bytes.get(cursor);
      int records = bytes.getInt();
      if (kind > UNTOLD || records < 0 || records > mostRecords) {
        throw new MalformedException("a part of kind " + kind + " with " + records + " records");
      }
      if (kind == UNTOLD) {
        return new Head(kind, "", records);
      }
      if ((kind & MORE) != 0 && records == 0) {
        throw new MalformedException("a part that says nothing and promises more");
      }
      need(bytes, RECORD_BYTES * records);
      String text = new String(cursor, StandardCharsets.ISO_8859_1);
      return new Head(kind, HoldingsQuestion.cursor(text), records);
    }

    boolean anew() {
      return (kind & ANEW) != 0;
    }

    boolean more() {
      return (kind & MORE) != 0;
    }
  }

  private static Part digest(Head head, ByteBuffer bytes) throws MalformedException {
    if (head.kind() == UNTOLD) {
      throw new MalformedException("a digest of a kind for editions");
    }
    DigestRecords.Builder records = new DigestRecords.Builder(head.records());
    for (int i = 0; i < head.records(); i++) {
      long key = bytes.getLong();
      int eighths = bytes.get();
      if (eighths < 0 || eighths > Eighths.WHOLE) {
        throw new MalformedException(eighths + " eighths");
      }
      records.add(key, eighths);
    }
    return new Part.Digest(new DigestNews(head.anew(), head.more(), head.next(), records.build()));
  }

  private static Part blocks(int index, int blockCount, Head head, ByteBuffer bytes)
      throws MalformedException {
    if (head.kind() == UNTOLD) {
      if (head.records() != 0) {
        throw new MalformedException("records of an edition of which nothing is told");
      }
      return new Part.Untold(index);
    }
    List<BlockRun> runs = new ArrayList<>();
    long behind = 0;
    for (int i = 0; i < head.records(); i++) {
      int held = bytes.get();
      long first = Integer.toUnsignedLong(bytes.getInt());
      long count = Integer.toUnsignedLong(bytes.getInt());
      if ((held & ~1) != 0 || first < behind || count < 1 || first + count > blockCount) {
        throw new MalformedException("a run of " + count + " blocks from " + first);
      }
      behind = first + count;
      runs.add(new BlockRun(held == 1, (int) first, (int) count));
    }
    return new Part.Blocks(index, new BlockNews(head.anew(), head.more(), head.next(), runs));
  }

  private static void need(ByteBuffer bytes, int count) throws MalformedException {
    if (bytes.remaining() < count) {
      throw new MalformedException("it ends too early");
    }
  }
}
