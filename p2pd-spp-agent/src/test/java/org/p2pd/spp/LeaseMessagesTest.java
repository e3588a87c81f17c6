package org.p2pd.spp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;

/** Referrals and notices about leases, as they travel. */
class LeaseMessagesTest {

  private static final NodeId NODE = new NodeId(Hash.of(new byte[32]));
  private static final EditionId EDITION = TestEdition.random(5, 5).edition.id();
  private static final String RESOURCE = "/.spp/v1/editions/" + EDITION;

  @Nested
  class AReferral {

    @ParameterizedTest
    @CsvSource({
      "10.0.0.1, 8080, ''",
      "cache-3.example.com, 1, /video",
      "a_b, 65535, /some/~video.x",
      "::1, 8080, ''",
      "2001:db8::17, 80, /v",
      "::ffff:10.0.0.1, 80, ''"
    })
    void goesThereAndBack(String host, int port, String path) throws Exception {
      NodeAddress at = new NodeAddress(host, port, path);
      Referral referral = new Referral(NODE, at);
      assertThat(Referral.canName(at)).isTrue();
      assertThat(referral.location(EDITION)).isEqualTo(at + RESOURCE);
      assertThat(Referral.parse(NODE.toString(), referral.location(EDITION), EDITION))
          .isEqualTo(referral);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "https://10.0.0.1:8080{}",
          "HTTP://10.0.0.1:8080{}",
          "file:///etc/passwd",
          "//10.0.0.1:8080{}",
          "{}",
          "http://10.0.0.1{}",
          "http://10.0.0.1:{}",
          "http://10.0.0.1:0{}",
          "http://10.0.0.1:080{}",
          "http://10.0.0.1:65536{}",
          "http://10.0.0.1:99999999999{}",
          "http://:8080{}",
          "http://a@10.0.0.1:8080{}",
          "http://10.0.0.1:80:80{}",
          "http://::1:8080{}",
          "http://[fe80::1%25eth0]:8080{}",
          "http://[]:8080{}",
          "http://[10.0.0.1:8080{}",
          "http://[name]:8080{}",
          "http://a b:8080{}",
          "http://10.0.0.1:8080/..{}",
          "http://10.0.0.1:8080/.hidden{}",
          "http://10.0.0.1:8080//x{}",
          "http://10.0.0.1:8080/x/{}",
          "http://10.0.0.1:8080/%2e%2e{}",
          "http://10.0.0.1:8080{}?a",
          "http://10.0.0.1:8080{}#a",
          "http://10.0.0.1:8080{}/",
          "http://10.0.0.1:8080 {}",
          "http://10.0.0.1:8080/.spp/v1/node",
          "http://10.0.0.1:8080/.spp/v2/editions/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          "http://10.0.0.1:8080/.spp/v1/editions/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        })
    void thatLeadsElsewhereIsNone(String location) {
      assertThatThrownBy(
              () -> Referral.parse(NODE.toString(), location.replace("{}", RESOURCE), EDITION))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void isBounded() {
      for (String location :
          List.of(
              "http://" + "a".repeat(65) + ":80" + RESOURCE,
              "http://[" + "0:".repeat(40) + "]:80" + RESOURCE,
              "http://a:80/" + "x".repeat(200) + RESOURCE,
              "http://a:80/" + "x/".repeat(10_000) + RESOURCE)) {
        assertThatThrownBy(() -> Referral.parse(NODE.toString(), location, EDITION))
            .isInstanceOf(MalformedException.class);
      }
      assertThatThrownBy(() -> Referral.parse("A".repeat(42), "http://a:80" + RESOURCE, EDITION))
          .isInstanceOf(MalformedException.class);
    }

    @Test
    void namesNoAddressThatOnlyThisMachineUnderstands() {
      assertThat(Referral.canName(new NodeAddress("fe80::1%eth0", 80, ""))).isFalse();
      assertThat(Referral.canName(new NodeAddress("a".repeat(65), 80, ""))).isFalse();
    }

    @Test
    void ofRandomTextIsMalformedOrGoesThereAndBack() throws Exception {
      Random random = new Random(3);
      String alphabet = "htp:/[]1aF.%@~-_ ?#\\0";
      for (int i = 0; i < 20_000; i++) {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "http://" : "");
        for (int length = random.nextInt(20); length > 0; length--) {
          text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        String location = text + (random.nextBoolean() ? ":80" : "") + RESOURCE;
        try {
          Referral parsed = Referral.parse(NODE.toString(), location, EDITION);
          assertThat(parsed.location(EDITION)).isEqualTo(location);
        } catch (MalformedException e) {
          assertThat(e).hasMessageContaining("referred");
        }
      }
    }
  }

  @Nested
  class ANotice {

    private LeaseNotice parse(String json) throws MalformedException {
      return LeaseNotice.parse(JsonBody.parse(json.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void goesThereAndBack() throws Exception {
      LeaseNotice notice =
          new LeaseNotice(
              List.of(new ByteRange(0, 65_535), new ByteRange(131_072, 131_072)),
              List.of(new ByteRange(5, (1L << 44) - 1)));
      assertThat(LeaseNotice.parse(JsonBody.parse(notice.toJson().toBytes()))).isEqualTo(notice);
      assertThat(new String(notice.toJson().toBytes(), StandardCharsets.UTF_8))
          .isEqualTo("{\"held\":[[0,65535],[131072,131072]],\"gone\":[[5,17592186044415]]}");
      assertThat(parse("{\"held\":[],\"gone\":[],\"more\":1}"))
          .isEqualTo(new LeaseNotice(List.of(), List.of()));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "{}",
          "{\"held\":[]}",
          "{\"gone\":[]}",
          "{\"held\":1,\"gone\":[]}",
          "{\"held\":{},\"gone\":[]}",
          "{\"held\":[1,2],\"gone\":[]}",
          "{\"held\":[[1]],\"gone\":[]}",
          "{\"held\":[[1,2,3]],\"gone\":[]}",
          "{\"held\":[[\"1\",2]],\"gone\":[]}",
          "{\"held\":[[1.5,2]],\"gone\":[]}",
          "{\"held\":[{\"a\":1,\"b\":2}],\"gone\":[]}",
          "{\"held\":[[-1,2]],\"gone\":[]}",
          "{\"held\":[[2,1]],\"gone\":[]}",
          "{\"held\":[[0,17592186044416]],\"gone\":[]}",
          "{\"held\":[[0,99999999999999999999]],\"gone\":[]}",
          "{\"held\":[[0,5],[5,6]],\"gone\":[]}",
          "{\"held\":[[7,8],[5,6]],\"gone\":[]}",
          "{\"held\":[],\"gone\":[[7,8],[5,6]]}"
        })
    void ofAnotherFormIsRefused(String json) {
      assertThatThrownBy(() -> parse(json)).isInstanceOf(MalformedException.class);
    }

    @Test
    void hasAtMost64PairsTogether() throws Exception {
      List<ByteRange> pairs =
          LongStream.range(0, 64).mapToObj(i -> new ByteRange(2 * i, 2 * i)).toList();
      String most =
          new String(new LeaseNotice(pairs, List.of()).toJson().toBytes(), StandardCharsets.UTF_8);
      assertThat(parse(most).held()).hasSize(64);
      assertThatThrownBy(() -> parse(most.replace("\"gone\":[]", "\"gone\":[[1,1]]")))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(() -> new LeaseNotice(pairs, List.of(new ByteRange(1, 1))))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
