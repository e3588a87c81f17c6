package org.p2pd.spp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.holdings.Samples.edition;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.BlockRun;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.DigestRecords;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.spp.HoldingsAnswer.Part;

/** Questions for holdings and their answers, as they go over the wire. */
class HoldingsWireTest {

  /** Change it to look elsewhere; a failure names the round. */
  private static final long SEED = 20_261_127L;

  private final Edition film = edition(1, 1_000 * 65_536L + 1);
  private final Edition small = edition(2, 5);
  private final HoldingsQuestion question =
      new HoldingsQuestion(
          Duration.ofSeconds(5),
          Optional.of("0"),
          List.of(
              new HoldingsQuestion.OfEdition(film.id(), BlockSize.DEFAULT, "a.b_c-D"),
              new HoldingsQuestion.OfEdition(small.id(), new BlockSize(1 << 20), "0")));

  private List<Part> parse(byte[] answer) throws MalformedException {
    return HoldingsAnswer.parse(answer, question, List.of(film, small));
  }

  private static DigestNews digest(boolean anew, boolean more, int count) {
    DigestRecords.Builder records = new DigestRecords.Builder(count);
    for (int i = 0; i < count; i++) {
      records.add(i * 0x9e3779b97f4a7c15L, i % 9);
    }
    return new DigestNews(anew, more, "Cursor_1.x-y", records.build());
  }

  private static BlockNews blocks(boolean anew, boolean more, BlockRun... runs) {
    return new BlockNews(anew, more, "9", List.of(runs));
  }

  @Nested
  class Questions {

    @Test
    void areReadAsTheyWereWritten() throws Exception {
      byte[] written = question.toJson().toBytes();
      assertThat(HoldingsQuestion.parse(JsonBody.parse(written))).isEqualTo(question);
      HoldingsQuestion bare = new HoldingsQuestion(Duration.ZERO, Optional.of("0"), List.of());
      assertThat(HoldingsQuestion.parse(JsonBody.parse(bare.toJson().toBytes()))).isEqualTo(bare);
    }

    @Test
    void aboutAsManyEditionsAsAllowedFitABody() throws Exception {
      List<HoldingsQuestion.OfEdition> editions = new ArrayList<>();
      for (int i = 0; i < SppLimits.MAX_HOLDINGS_EDITIONS; i++) {
        editions.add(
            new HoldingsQuestion.OfEdition(
                edition(i, 5).id(), BlockSize.DEFAULT, "x".repeat(SppLimits.MAX_CURSOR_CHARS)));
      }
      HoldingsQuestion full =
          new HoldingsQuestion(Duration.ofSeconds(55), Optional.empty(), editions);
      assertThat(HoldingsQuestion.parse(JsonBody.parse(full.toJson().toBytes()))).isEqualTo(full);
      editions.add(editions.get(0));
      assertThatThrownBy(() -> new HoldingsQuestion(Duration.ZERO, Optional.empty(), editions))
          .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{'wait':0}",
          "{'wait':0,'editions':[]}",
          "{'digest':'0'}",
          "{'wait':56,'digest':'0'}",
          "{'wait':-1,'digest':'0'}",
          "{'wait':1.5,'digest':'0'}",
          "{'wait':0,'digest':''}",
          "{'wait':0,'digest':7}",
          "{'wait':0,'digest':'a b'}",
          "{'wait':0,'digest':'0','editions':{}}",
          "{'wait':0,'digest':'0','editions':[7]}",
          "{'wait':0,'digest':'0','editions':[{}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':65536}]}",
          "{'wait':0,'editions':[{'edition':'x','block':65536,'after':'0'}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':65535,'after':'0'}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':8192,'after':'0'}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':2097152,'after':'0'}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':65536,'after':'é'}]}",
          "{'wait':0,'editions':[{'edition':'ID','block':65536,'after':'0'},"
              + "{'edition':'ID','block':16384,'after':'0'}]}"
        })
    void thatMakeNoSenseAreRefused(String json) {
      String text = json.replace('\'', '"').replace("ID", film.id().toString());
      assertThatThrownBy(
              () ->
                  HoldingsQuestion.parse(
                      JsonBody.parse(text.getBytes(java.nio.charset.StandardCharsets.UTF_8))))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void aboutTooManyEditionsAreRefused() {
      List<JsonBody> editions = new ArrayList<>();
      for (int i = 0; i <= SppLimits.MAX_HOLDINGS_EDITIONS; i++) {
        editions.add(
            JsonBody.empty()
                .with("edition", edition(i, 5).id().toString())
                .with("block", 65_536)
                .with("after", "0"));
      }
      JsonBody body = JsonBody.empty().with("wait", 0).withObjects("editions", editions);
      assertThatThrownBy(() -> HoldingsQuestion.parse(JsonBody.parse(body.toBytes())))
          .isInstanceOf(MalformedException.class);
    }
  }

  @Nested
  class Answers {

    @Test
    void areReadAsTheyWereWritten() throws Exception {
      DigestNews digest = digest(true, true, 30);
      BlockNews runs =
          blocks(false, false, new BlockRun(true, 0, 7), new BlockRun(false, 900, 101));
      byte[] answer = new HoldingsAnswer.Builder().digest(digest).blocks(0, runs).untold(1).build();
      assertThat(parse(answer))
          .containsExactly(new Part.Digest(digest), new Part.Blocks(0, runs), new Part.Untold(1));
      assertThat(parse(new byte[0])).isEmpty();
    }

    @Test
    void neverGrowTooLarge() throws Exception {
      HoldingsAnswer.Builder answer = new HoldingsAnswer.Builder();
      assertThat(answer.isEmpty()).isTrue();
      assertThat(answer.roomForRecords()).isGreaterThan(SppLimits.MAX_DIGEST_RECORDS);
      answer.digest(digest(true, false, SppLimits.MAX_DIGEST_RECORDS));
      BlockRun[] runs = new BlockRun[SppLimits.MAX_BLOCK_RUNS];
      for (int i = 0; i < runs.length; i++) {
        runs[i] = new BlockRun(true, 2 * i, 1);
      }
      int parts = 0;
      while (answer.roomForRecords() >= runs.length) {
        answer.blocks(parts++, blocks(true, false, runs));
      }
      assertThat(parts).isBetween(10, 13);
      answer.blocks(parts, blocks(true, true, Arrays.copyOf(runs, answer.roomForRecords())));
      assertThat(answer.build().length)
          .isBetween(
              SppLimits.MAX_HOLDINGS_BYTES - SppLimits.MAX_CURSOR_CHARS - 9,
              SppLimits.MAX_HOLDINGS_BYTES);
      assertThat(answer.roomForRecords()).isZero();
    }

    @Test
    void thatAreTooLongAreNotRead() {
      assertThatThrownBy(() -> parse(new byte[SppLimits.MAX_HOLDINGS_BYTES + 1]))
          .isInstanceOf(MalformedException.class);
    }
  }

  /** Bytes of a part, as an enemy would choose them. */
  private static byte[] part(int subject, int kind, String next, int count, byte[]... records) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.write(subject);
      out.write(kind);
      out.write(next.length());
      out.write(next.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      out.writeInt(count);
      for (byte[] record : records) {
        out.write(record);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] run(int held, int first, int count) {
    return ByteBuffer.allocate(9).put((byte) held).putInt(first).putInt(count).array();
  }

  private static byte[] record(long key, int eighths) {
    return ByteBuffer.allocate(9).putLong(key).put((byte) eighths).array();
  }

  @Nested
  class Enemies {

    private void refused(byte[]... parts) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] part : parts) {
        all.writeBytes(part);
      }
      assertThatThrownBy(() -> parse(all.toByteArray())).isInstanceOf(MalformedException.class);
    }

    @Test
    void cannotAnswerWhatWasNotAsked() throws Exception {
      refused(part(3, 1, "0", 0));
      refused(part(255, 1, "0", 0));
      refused(part(1, 1, "0", 0), part(1, 0, "0", 0));
      refused(part(0, 4, "", 0));
      byte[] unasked = part(0, 1, "0", 0);
      HoldingsQuestion noDigest =
          new HoldingsQuestion(Duration.ZERO, Optional.empty(), question.editions());
      assertThatThrownBy(() -> HoldingsAnswer.parse(unasked, noDigest, List.of(film, small)))
          .isInstanceOf(MalformedException.class);
      assertThat(parse(unasked)).hasSize(1);
    }

    @Test
    void cannotNameRunsOutOfRange() throws Exception {
      assertThat(parse(part(1, 1, "0", 1, run(1, 1_000, 1)))).hasSize(1);
      refused(part(1, 1, "0", 1, run(1, 1_001, 1)));
      refused(part(1, 1, "0", 1, run(1, 0, 1_002)));
      refused(part(1, 1, "0", 1, run(1, 0, 0)));
      refused(part(1, 1, "0", 1, run(1, 0, -1)));
      refused(part(1, 1, "0", 1, run(1, -1, 1)));
      refused(part(1, 1, "0", 1, run(1, 999, Integer.MAX_VALUE)));
      refused(part(1, 1, "0", 1, run(2, 0, 1)));
      refused(part(1, 1, "0", 1, run(255, 0, 1)));
      refused(part(2, 1, "0", 1, run(1, 1, 1)));
    }

    @Test
    void cannotGoBackOrOverlap() {
      refused(part(1, 0, "0", 2, run(1, 5, 5), run(0, 9, 1)));
      refused(part(1, 0, "0", 2, run(1, 5, 5), run(0, 0, 5)));
    }

    @Test
    void cannotCountBeyondWhatTheySend() {
      refused(part(1, 1, "0", 2, run(1, 0, 1)));
      refused(part(1, 1, "0", Integer.MAX_VALUE, run(1, 0, 1)));
      refused(part(1, 1, "0", -1, run(1, 0, 1)));
      refused(part(0, 1, "0", 0x38e38e39, record(1, 1))); // times nine is 1 in 32 bits
      refused(part(0, 1, "0", SppLimits.MAX_DIGEST_RECORDS + 1, new byte[600_000]));
      refused(part(1, 1, "0", SppLimits.MAX_BLOCK_RUNS + 1, new byte[40_000]));
      refused(part(2, 4, "", 1, run(1, 0, 1)));
    }

    @Test
    void cannotPromiseMoreAndSayNothing() {
      refused(part(0, 3, "0", 0));
      refused(part(1, 2, "0", 0));
    }

    @Test
    void cannotNameNinthsOrKindsOrCursorsOfTheirOwn() {
      refused(part(0, 1, "0", 1, record(1, 9)));
      refused(part(0, 1, "0", 1, record(1, -1)));
      refused(part(0, 5, "0", 0));
      refused(part(1, 255, "0", 0));
      refused(part(1, 1, "", 0));
      refused(part(1, 1, "a b", 0));
      refused(part(1, 1, "\u00e9", 0));
      refused(part(1, 1, "x".repeat(81), 0));
      refused(part(1, 1, "x".repeat(200), 0));
    }

    @Test
    void cannotEndTooEarly() {
      byte[] whole =
          new HoldingsAnswer.Builder()
              .digest(digest(true, false, 3))
              .blocks(0, blocks(true, false, new BlockRun(true, 0, 7)))
              .build();
      int end = 3 + "Cursor_1.x-y".length() + 4 + 3 * 9;
      for (int length = 1; length < whole.length; length++) {
        if (length != end) {
          refused(Arrays.copyOf(whole, length));
        }
      }
    }
  }

  @Test
  void mutatedAnswersAreParsedOrRefused() {
    Random random = new Random(SEED);
    byte[] good =
        new HoldingsAnswer.Builder()
            .digest(digest(false, true, 4))
            .blocks(0, blocks(true, false, new BlockRun(true, 0, 7), new BlockRun(false, 900, 101)))
            .untold(1)
            .build();
    int parsed = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = good.clone();
      for (int i = random.nextInt(4); i >= 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(2 * bytes.length));
      }
      parsed += isParsed(bytes, round) ? 1 : 0;
    }
    // Keys, eighths and cursors of mutants are well-formed: the parser's depth was reached.
    assertThat(parsed).isGreaterThan(5_000);
  }

  @Test
  void noiseIsParsedOrRefused() {
    Random random = new Random(SEED + 1);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      if (bytes.length > 1) { // begins like a part
        bytes[0] = (byte) random.nextInt(3);
        bytes[1] = (byte) random.nextInt(5);
      }
      isParsed(bytes, round);
    }
  }

  private boolean isParsed(byte[] bytes, int round) {
    try {
      List<Part> parts = parse(bytes);
      assertThat(parts).hasSizeLessThanOrEqualTo(3);
      return true;
    } catch (MalformedException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    } catch (RuntimeException e) {
      throw new AssertionError("seed " + SEED + ", round " + round, e);
    }
  }
}
