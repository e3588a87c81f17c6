package org.p2pd.spp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.NodeId;

class WireTest {

  private static final HexFormat HEX = HexFormat.of();

  @Nested
  class Crypto {

    @Test
    void hmacIsThatOfRfc4231Case2() {
      assertThat(
              HEX.formatHex(
                  Hmac.of(ascii("Jefe"), ascii("what do ya want "), ascii("for nothing?"))))
          .isEqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void hkdfIsThatOfRfc5869Case1() {
      byte[] input = new byte[22];
      Arrays.fill(input, (byte) 0x0b);
      byte[] key =
          Hmac.hkdf(
              HEX.parseHex("000102030405060708090a0b0c"),
              input,
              HEX.parseHex("f0f1f2f3f4f5f6f7f8f9"));
      assertThat(HEX.formatHex(key))
          .isEqualTo("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    @Test
    void secretsAndKeysDoNotShowThemselves() throws Exception {
      Secret secret = Secret.of(new byte[16]);
      assertThat(secret.toString()).isEqualTo("a secret of 16 bytes");
      assertThat(new SessionKey(new byte[32]).toString()).isEqualTo("session key");
    }
  }

  @Nested
  class Base64Url {

    @Test
    void isReadInItsOneCanonicalForm() throws Exception {
      byte[] bytes = new byte[16];
      bytes[15] = 1;
      assertThat(Octets.parse("AAAAAAAAAAAAAAAAAAAAAQ", 16).toBytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "AAAAAAAAAAAAAAAAAAAAAQ==",
          "AAAAAAAAAAAAAAAAAAAAAR",
          "AAAAAAAAAAAAAAAAAAAA+Q",
          "AAAAAAAAAAAAAAAAAAAA Q",
          "AAAAAAAAAAAAAAAAAAAAA"
        })
    void anythingElseIsRefused(String text) {
      assertThatThrownBy(() -> Octets.parse(text, 16)).isInstanceOf(MalformedException.class);
    }
  }

  @Nested
  class Covered {

    @Test
    void coversEverySppHeaderKnownOrNotButTheMac() throws Exception {
      CoveredHeaders headers =
          CoveredHeaders.of(
              Map.of(
                  "SPP-Zeta", List.of("  z\t"),
                  "Range", List.of("bytes=0-1"),
                  "SPP-MAC", List.of("m"),
                  "Host", List.of("h"),
                  "spp-Alpha", List.of("")));
      String text =
          new String(
              CanonicalString.ofRequest("GET", "/.spp/v1/node", headers, new byte[0]),
              StandardCharsets.US_ASCII);
      assertThat(text)
          .isEqualTo(
              """
              p2pd-request-1
              GET
              /.spp/v1/node
              range:bytes=0-1
              spp-alpha:
              spp-zeta:z
              47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU
              """);
    }

    @Test
    void refusesWhatComesTwiceInAnyCase() {
      Map<String, List<String>> headers = new TreeMap<>();
      headers.put("SPP-Path", List.of("a"));
      headers.put("spp-path", List.of("b"));
      assertThatThrownBy(() -> CoveredHeaders.of(headers)).hasMessageContaining("twice");
      assertThatThrownBy(() -> CoveredHeaders.of(Map.of("range", List.of("a", "b"))))
          .hasMessageContaining("twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\nspp-b:c", "a\r", "é", "\u0000", "a\tb"})
    void refusesWhatCouldForgeALine(String value) {
      assertThatThrownBy(() -> CoveredHeaders.of(Map.of("spp-a", List.of(value))))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void lengthsAndLinesCannotBeMovedBetweenFields() throws Exception {
      // No two different requests have one canonical string: a random search for a counter-example.
      Random random = new Random(7);
      Map<String, String> seen = new TreeMap<>();
      String[] names = {"spp-a", "spp-b", "spp-aa", "range"};
      String[] values = {"", "a", ":", "b:a", "spp-b:a"};
      for (int i = 0; i < 3_000; i++) {
        Map<String, List<String>> headers = new TreeMap<>();
        for (String name : names) {
          if (random.nextBoolean()) {
            headers.put(name, List.of(values[random.nextInt(values.length)]));
          }
        }
        String method = random.nextBoolean() ? "GET" : "GETS";
        String request = method + headers;
        String canonical =
            new String(
                CanonicalString.ofRequest(method, "/x", CoveredHeaders.of(headers), new byte[0]),
                StandardCharsets.US_ASCII);
        String earlier = seen.put(canonical, request);
        assertThat(earlier == null || earlier.equals(request)).as(canonical).isTrue();
      }
    }
  }

  @Nested
  class Replays {

    @Test
    void takesEachCounterOnceWithinAThousandAndTwentyFour() {
      ReplayWindow window = new ReplayWindow();
      assertThat(window.accept(0)).isFalse();
      assertThat(window.accept(1)).isTrue();
      assertThat(window.accept(1)).isFalse();
      assertThat(window.accept(2_000)).isTrue();
      assertThat(window.accept(977)).isTrue();
      assertThat(window.accept(976)).isFalse();
      assertThat(window.accept(977)).isFalse();
      assertThat(window.accept(SppLimits.MAX_COUNTER)).isTrue();
      assertThat(window.accept(SppLimits.MAX_COUNTER + 1)).isFalse();
      assertThat(window.accept(2_001)).isFalse();
    }

    @Test
    void agreesWithASetThatForgetsNothing() {
      for (long seed = 0; seed < 20; seed++) {
        Random random = new Random(seed);
        ReplayWindow window = new ReplayWindow();
        Set<Long> seen = new HashSet<>();
        long highest = 0;
        for (int i = 0; i < 5_000; i++) {
          long jump = random.nextInt(50) == 0 ? random.nextInt(3_000) : random.nextInt(4);
          long counter = Math.max(1, highest + jump - random.nextInt(1_100));
          boolean expected = counter > highest - ReplayWindow.SIZE && seen.add(counter);
          assertThat(window.accept(counter)).as("seed %d, %d", seed, counter).isEqualTo(expected);
          highest = expected ? Math.max(highest, counter) : highest;
        }
      }
    }
  }

  @Nested
  class Headers {

    private final NodeId id = TestKeys.first().id();

    @Test
    void idsGoThereAndBack() throws Exception {
      List<NodeId> ids = List.of(id, TestKeys.second().id());
      assertThat(SppHeaders.parseIds(SppHeaders.ids(ids))).isEqualTo(ids);
      assertThat(SppHeaders.parseIds(id + "," + id)).hasSize(2);
    }

    @Test
    void noMoreThanSixteenIdsAreRead() throws Exception {
      List<NodeId> ids = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        ids.add(id);
      }
      assertThat(SppHeaders.parseIds(SppHeaders.ids(ids))).hasSize(16);
      ids.add(id);
      assertThatThrownBy(() -> SppHeaders.parseIds(SppHeaders.ids(ids)))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> SppHeaders.parseIds(",".repeat(100_000)))
          .isInstanceOf(MalformedException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "01", "1.0", "1e3", "99999999999999999", "٣", "101"})
    void numbersHaveOneForm(String text) {
      assertThatThrownBy(() -> SppHeaders.parseNumber(text, 100))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void hashesAreBoundedBeforeTheyAreDecoded() throws Exception {
      byte[] most = new byte[SppLimits.MAX_PROOF_BYTES];
      String text = SppHeaders.bytes(most);
      assertThat(text).hasSize(4_011);
      assertThat(SppHeaders.parseHashes(text, SppLimits.MAX_PROOF_BYTES)).isEqualTo(most);
      assertThat(SppHeaders.bytes(new byte[SppLimits.MAX_LEAVES_BYTES])).hasSize(2_731);
      for (String bad : List.of(text + "A", "A".repeat(1_000_000), "A", "AA", "AAAA")) {
        assertThatThrownBy(() -> SppHeaders.parseHashes(bad, SppLimits.MAX_PROOF_BYTES))
            .isInstanceOf(MalformedException.class);
      }
    }

    @Test
    void parsingNeverFailsOtherwiseThanItSays() {
      String alphabet = "0123456789AZaz-_,;= \t\"\\/:éΩ\u0000+";
      Random random = new Random(11);
      for (int i = 0; i < 20_000; i++) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(60); length > 0; length--) {
          text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        String value = text.toString();
        onlyMalformed(() -> SppHeaders.parseIds(value));
        onlyMalformed(() -> SppHeaders.parseNumber(value, 1 << 20));
        onlyMalformed(() -> SppHeaders.parseHashes(value, 4_096));
        onlyMalformed(() -> Secret.parse(value));
        onlyMalformed(() -> JsonBody.parse(value.getBytes(StandardCharsets.UTF_8)));
        onlyMalformed(() -> CoveredHeaders.of(Map.of("spp-" + value, List.of(value))));
      }
    }
  }

  private interface Parsing {
    void run() throws MalformedException;
  }

  private static void onlyMalformed(Parsing parsing) {
    try {
      parsing.run();
    } catch (MalformedException e) {
      // that is what it says
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
