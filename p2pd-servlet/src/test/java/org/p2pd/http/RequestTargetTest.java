package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URISyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.model.Title;

class RequestTargetTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "/movie.mpg, /movie.mpg",
        "/series/s1/e1.mp4, /series/s1/e1.mp4",
        "/a+b.mp4, /a+b.mp4",
        "/a%2Bb.mp4, /a+b.mp4",
        "/a%20b.mp4, /a b.mp4",
        "/100%25.mp4, /100%.mp4",
        "/%2541.mp4, /%41.mp4",
        "/it's.mp4, /it's.mp4",
        "/%22quoted%22.mp4, /\"quoted\".mp4",
        "/caf%C3%A9.mp4, /café.mp4",
        "/caf%c3%a9.mp4, /café.mp4",
        "/cafe%CC%81.mp4, /cafe\u0301.mp4",
        "/%E6%98%A0%E7%94%BB.mp4, /映画.mp4",
        "/%F0%9F%8E%AC.webm, /🎬.webm",
        "/a;b.mp4, /a;b.mp4",
        "/movie.mpg;jsessionid=1, /movie.mpg;jsessionid=1",
        "/a%3Bb%3F%23.mp4, /a;b?#.mp4",
        "/%6dovie.mpg, /movie.mpg",
        "/a%5Cb%5c.mp4, /a\\b\\.mp4",
        "/a%5C..%5Cb, /a\\..\\b",
        "/a:b@c&d=e$f!g*h(i),`/a:b@c&d=e$f!g*h(i)`",
      })
  void namesATitle(String rawPath, String title) {
    assertThat(RequestTarget.parse(rawPath)).isEqualTo(new RequestTarget.Named(new Title(title)));
  }

  @Test
  void anyTitleCanBeWrittenAsAUri() throws URISyntaxException {
    for (String path : new String[] {"/x y/%/+/\"/'/é/映画.mp4", "/" + "é".repeat(999)}) {
      String raw = new URI("http", "h", path, null).toASCIIString().substring("http://h".length());
      assertThat(RequestTarget.parse(raw)).isEqualTo(new RequestTarget.Named(new Title(path)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/%",
        "/%4",
        "/%zz.mp4",
        "/a%2",
        "/%+1",
        "/a%2Fb",
        "/a%2fb",
        "/a\\b",
        "/..\\x",
        "/a%00b",
        "/%C0%AE%C0%AE/x",
        "/%c0%af",
        "/%C3",
        "/%E6%98",
        "/%ED%A0%80",
        "/%F8%88%80%80%80",
        "/%FF",
        "/..",
        "/../x",
        "/a/../b",
        "/a/./b",
        "/.",
        "/a/..",
        "/%2e%2e/x",
        "/%2E./x",
        "/.%2e/x",
        "/a/%2e/b",
        "/..%2fx",
        "/%2e%2e%2fx",
        "/é",
        "/a b",
        "/a\u0000",
        "/a\nb",
        "/a\u007f",
        "/%2espp/v1/node",
        "/.s%70p/v1/node",
        "/.%73pp",
        "/%2Ep2pd/status",
        "/.p2p%64/",
        "/%2Eplay/",
        "/.%70lay",
        "/.w%65b/style.css",
        "/.play/../movie.mpg",
        "/.web/./style.css",
        "/.spp/../movie.mpg",
        "/.p2pd/./status",
        "/.spp/..",
        "/.%zz"
      })
  void malformed(String rawPath) {
    assertThat(RequestTarget.parse(rawPath)).isInstanceOf(RequestTarget.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "//",
        "//movie.mpg",
        "/a//b",
        "/.dir/",
        "/a//",
        "/.hidden",
        "/..%5Cx",
        "/a/.b",
        "/.well-known/x",
        "/...",
        "/.spp",
        "/.sppx/y",
        "/.web",
        "/.playlist",
        "/.spp;x/v1",
        "/.p2pd;/status"
      })
  void canBeNoTitle(String rawPath) {
    assertThat(RequestTarget.parse(rawPath))
        .isInstanceOfAny(RequestTarget.Foreign.class, RequestTarget.Malformed.class)
        .isNotInstanceOf(RequestTarget.Named.class);
  }

  @ParameterizedTest
  @CsvSource({
    "/, /index.html",
    "/dir/, /dir/index.html",
    "/a%20b/%C3%A9/, /a b/é/index.html",
    "/a;b/, /a;b/index.html",
  })
  void aDirectoryHasItsPage(String rawPath, String index) {
    assertThat(RequestTarget.parse(rawPath))
        .isEqualTo(new RequestTarget.Directory(new Title(index)));
  }

  @Test
  void aDirectoryWhosePageWouldBeTooLongIsForeign() {
    assertThat(RequestTarget.parse("/" + "a".repeat(1_995) + "/"))
        .isInstanceOf(RequestTarget.Foreign.class);
  }

  @Test
  void aPathTooLongForATitleIsForeign() {
    assertThat(RequestTarget.parse("/" + "a".repeat(2_000)))
        .isInstanceOf(RequestTarget.Foreign.class);
    assertThat(RequestTarget.parse("/" + "%41".repeat(2_000)))
        .isInstanceOf(RequestTarget.Foreign.class);
    assertThat(RequestTarget.parse("/" + "a".repeat(1_000_000)))
        .isInstanceOf(RequestTarget.Foreign.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.spp/v1/editions/x",
        "/.spp/",
        "/.p2pd/health",
        "/.p2pd/%zz",
        "/.p2pd/status",
        "/.play",
        "/.play/",
        "/.play/a.mp4",
        "/.web/style.css"
      })
  void ownResources(String rawPath) {
    assertThat(RequestTarget.parse(rawPath)).isInstanceOf(RequestTarget.Own.class);
  }
}
