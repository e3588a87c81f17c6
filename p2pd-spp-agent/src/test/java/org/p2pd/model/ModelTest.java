package org.p2pd.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {

  @Nested
  class Titles {

    @ParameterizedTest
    @ValueSource(
        strings = {"/a", "/series/s1/e1.mp4", "/with space+%25'\".mp4", "/é", "/映画.mp4", "/a..b"})
    void areLegalPaths(String path) {
      assertThat(Title.of(path)).isPresent();
      assertThat(Title.ofUtf8(path.getBytes(StandardCharsets.UTF_8))).contains(new Title(path));
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "",
          "/",
          "a",
          "//a",
          "/a/",
          "/a//b",
          "/.",
          "/..",
          "/.spp",
          "/a/.b",
          "/a/../b",
          "/a\0b",
          "/\ud800",
          "/a\udc00b",
          "/\udc00\ud800"
        })
    void neverHaveEmptyHiddenOrUnwritableSegments(String path) {
      assertThat(Title.of(path)).isEmpty();
    }

    @Test
    void areMeasuredInBytesNotInCharacters() {
      assertThat(Title.of("/" + "a".repeat(1_999))).isPresent();
      assertThat(Title.of("/" + "a".repeat(2_000))).isEmpty();
      assertThat(Title.of("/" + "映".repeat(667))).isEmpty();
      assertThat(Title.of("/" + "映".repeat(666))).isPresent();
      assertThat(Title.of("/" + "é".repeat(999) + "a")).isPresent();
      assertThat(Title.of("/" + "é".repeat(1_000))).isEmpty();
      assertThat(Title.of("/" + "🎬".repeat(499) + "abc")).isPresent();
      assertThat(Title.of("/" + "🎬".repeat(500))).isEmpty();
    }

    @Test
    void mayHaveTheCharacterThatStandsForUnreadableOnes() {
      byte[] utf8 = "/\uFFFD.mp4".getBytes(StandardCharsets.UTF_8);
      assertThat(Title.ofUtf8(utf8)).contains(new Title("/\uFFFD.mp4"));
    }

    @Test
    void areOrderedAsTheBytesOfTheirUtf8Are() {
      String[] paths = {
        "/a", "/a.", "/a/b", "/ab", "/A", "/é", "/\uD7FF", "/\uE000", "/\uFFFD", "/🎬", "/🎬a",
        "/🎭"
      };
      for (String one : paths) {
        for (String other : paths) {
          int bytes =
              Arrays.compareUnsigned(
                  one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
          assertThat(Integer.signum(new Title(one).compareTo(new Title(other))))
              .as(one + " and " + other)
              .isEqualTo(Integer.signum(bytes));
        }
      }
    }

    @Test
    void refuseBytesThatAreNotUtf8() {
      assertThat(Title.ofUtf8(new byte[] {'/', (byte) 0xc3})).isEmpty();
      assertThat(Title.ofUtf8(new byte[] {'/', (byte) 0xc0, (byte) 0xaf})).isEmpty();
      byte[] both = {'/', (byte) 0xef, (byte) 0xbf, (byte) 0xbd, (byte) 0xff};
      assertThat(Title.ofUtf8(both)).isEmpty();
    }
  }

  @Nested
  class Digests {

    @ParameterizedTest
    @EnumSource
    void areFoundByTheirCodesAndNames(DigestAlgorithm digest) {
      assertThat(DigestAlgorithm.ofCode(digest.code())).contains(digest);
      assertThat(DigestAlgorithm.ofWireName(digest.wireName())).contains(digest);
      assertThat(digest.newDigest().getDigestLength()).isEqualTo(Hash.BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 4, 255})
    void ofOtherCodesDoNotExist(int code) {
      assertThat(DigestAlgorithm.ofCode(code)).isEmpty();
    }
  }

  @Nested
  class Editions {

    @Test
    void haveTheirIdFromDigestLengthAndRoot() {
      Hash root = Hash.of(new byte[32]);
      Edition edition = new Edition(DigestAlgorithm.SHA_256, 5, root);
      assertThat(edition).isEqualTo(new Edition(DigestAlgorithm.SHA_256, 5, root));
      assertThat(edition).isNotEqualTo(new Edition(DigestAlgorithm.SHA_256, 6, root));
      assertThat(edition).isNotEqualTo(new Edition(DigestAlgorithm.SHA_512_256, 5, root));
      assertThat(edition.id().entityTag()).matches("\"[A-Za-z0-9_-]{43}\"");
    }

    @Test
    void haveABoundedLength() {
      Hash root = Hash.of(new byte[32]);
      assertThatThrownBy(
              () -> new Edition(DigestAlgorithm.SHA_256, Edition.MAX_LENGTH_BYTES + 1, root))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Edition(DigestAlgorithm.SHA_256, -1, root))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Nested
  class Hashes {

    @Test
    void readBackFromBothAlphabets() {
      byte[] bytes = new byte[32];
      bytes[0] = (byte) 0xfb;
      bytes[31] = (byte) 0xff;
      Hash hash = Hash.of(bytes);
      assertThat(Hash.ofBase64Url(hash.toBase64Url())).contains(hash);
      assertThat(Hash.ofHex(hash.toHex())).contains(hash);
    }

    @Test
    void haveOneSpellingOnly() {
      String text = Hash.of(new byte[32]).toBase64Url();
      assertThat(Hash.ofBase64Url(text.substring(0, 42) + "B")).isEmpty();
      assertThat(Hash.ofBase64Url(text + "=")).isEmpty();
      assertThat(Hash.ofBase64Url("+" + text.substring(1))).isEmpty();
      assertThat(Hash.ofHex("zz")).isEmpty();
    }
  }

  @Nested
  class Spans {

    @Test
    void stayWithinOneRegion() {
      assertThat(new Span(BlockSize.DEFAULT, 16, 16).region()).isEqualTo(1);
      assertThatThrownBy(() -> new Span(BlockSize.DEFAULT, 15, 2))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Span(BlockSize.DEFAULT, 0, 17))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Span(BlockSize.DEFAULT, 0, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void endWithTheEdition() {
      Span span = new Span(BlockSize.DEFAULT, 0, 2);
      assertThat(span.bytes(100_000)).isEqualTo(new ByteRange(0, 99_999));
      assertThat(span.bytes(1_000_000)).isEqualTo(new ByteRange(0, 131_071));
      assertThatThrownBy(() -> span.bytes(65_536)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16_383, 16_385, 48 * 1024, 2 * 1024 * 1024})
  void blockSizesArePowersOfTwoFromALeafToARegion(int bytes) {
    assertThatThrownBy(() -> new BlockSize(bytes)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wholeBlocksWithinAStretch() {
    BlockSize size = BlockSize.DEFAULT;
    long length = 3L * 65_536 + 1;
    assertThat(size.firstFrom(0)).isZero();
    assertThat(size.firstFrom(1)).isEqualTo(1);
    assertThat(size.firstFrom(65_536)).isEqualTo(1);
    assertThat(size.endUntil(65_535, length)).isZero();
    assertThat(size.endUntil(65_536, length)).isEqualTo(1);
    assertThat(size.endUntil(length - 1, length)).isEqualTo(3);
    assertThat(size.endUntil(length, length)).isEqualTo(4);
  }
}
