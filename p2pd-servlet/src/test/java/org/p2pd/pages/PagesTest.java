package org.p2pd.pages;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.http.Problems;
import org.p2pd.http.RequestFields;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;

/** What is sent for a page, decided without a container. */
class PagesTest {

  private static final Visitor STRANGER = new Visitor(false, false, Optional.empty());
  private static final Visitor BROWSING = new Visitor(false, true, Optional.empty());
  private static final Visitor ADMINISTRATOR = new Visitor(true, false, Optional.empty());
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final TreeSet<Title> published = new TreeSet<>();
  private final List<Integer> asked = new ArrayList<>();
  private final Pages pages = new Pages(new Some(), () -> "server");

  /** Titles by name; each has as many bytes as its name has characters. */
  private final class Some implements Titles {
    @Override
    public Lookup lookup(Title title) {
      throw new AssertionError("pages are the same for every title");
    }

    @Override
    public int publishedCount() {
      return published.size();
    }

    @Override
    public List<PublishedTitle> published(String after, int max) {
      asked.add(max);
      return published.stream()
          .filter(title -> Title.comparePaths(title.path(), after) > 0)
          .limit(max)
          .map(
              title ->
                  new PublishedTitle(
                      title,
                      new Edition(
                          DigestAlgorithm.SHA_256, title.path().length(), Hash.of(new byte[32])),
                      Instant.parse("2024-05-06T07:08:09Z")))
          .toList();
    }
  }

  private PageAnswer ask(String method, String target, Visitor visitor, String... fields) {
    int query = target.indexOf('?');
    return pages.answer(
        new PageRequest(
            method,
            query < 0 ? target : target.substring(0, query),
            query < 0 ? Optional.empty() : Optional.of(target.substring(query + 1)),
            RequestFields.of(fields.length == 0 ? Map.of() : Map.of(fields[0], fields[1])),
            false,
            visitor));
  }

  private PageAnswer get(String target, String... fields) {
    return ask("GET", target, STRANGER, fields);
  }

  private static String text(PageAnswer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private JsonNode list(String query) throws IOException {
    PageAnswer answer = ask("GET", "/.web/titles" + query, BROWSING);
    assertThat(answer.status()).as(text(answer)).isEqualTo(200);
    return MAPPER.readTree(answer.body());
  }

  private static List<String> names(JsonNode page) {
    return page.path("titles").findValuesAsText("name");
  }

  private void publish(String... paths) {
    Stream.of(paths).map(Title::new).forEach(published::add);
  }

  @Nested
  class Parts {

    @Test
    void areAllThatTheFolderHas() throws IOException {
      Collection<String> known = new TreeSet<>(PageFiles.PARTS);
      known.addAll(List.of(PageFiles.START, PageFiles.CATALOGUE, PageFiles.PLAYER));
      known.removeIf(name -> name.startsWith("hls."));
      try (Stream<Path> there = Files.list(Path.of("..", "webapps"))) {
        assertThat(there.map(file -> file.getFileName().toString()).sorted().toList())
            .isEqualTo(List.copyOf(known));
      }
    }

    @Test
    void nameOnlyPartsThatThereAre() {
      Pattern reference = Pattern.compile("(?:\\.web/|from '\\./)([a-z]+\\.[a-z.]+)[\"']");
      int found = 0;
      for (String page : List.of("/", "/.play/", "/.play/a.mp4")) {
        found += referencesIn(reference, text(get(page)));
      }
      for (String part : PageFiles.PARTS) {
        found += referencesIn(reference, text(get("/.web/" + part)));
      }
      assertThat(found).isGreaterThan(20);
    }

    private int referencesIn(Pattern reference, String text) {
      int found = 0;
      for (Matcher m = reference.matcher(text); m.find(); found++) {
        assertThat(PageFiles.PARTS).contains(m.group(1));
      }
      return found;
    }

    @ParameterizedTest
    @CsvSource({
      "/.web/style.css, text/css; charset=utf-8",
      "/.web/player.js, text/javascript; charset=utf-8",
      "/.web/hls.min.js, text/javascript; charset=utf-8",
      "/.web/icon.svg, image/svg+xml",
      "/.web/hls.LICENSE.txt, text/plain; charset=utf-8",
      "/, text/html; charset=utf-8",
      "/.play/, text/html; charset=utf-8",
      "/.play/s/e1.mp4, text/html; charset=utf-8",
    })
    void haveTheirTypesAndAreAskedForAgainWithATag(String target, String type) {
      PageAnswer answer = get(target);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.fields())
          .containsEntry("Content-Type", type)
          .containsEntry("Content-Length", Integer.toString(answer.body().length))
          .containsEntry("Cache-Control", "no-cache")
          .containsEntry("X-Content-Type-Options", "nosniff")
          .containsEntry("Referrer-Policy", "same-origin");
      String tag = answer.fields().get("ETag");
      assertThat(tag).startsWith("\"");
      for (String condition : List.of(tag, "W/" + tag, "\"x\", " + tag, "*")) {
        PageAnswer known = get(target, "If-None-Match", condition);
        assertThat(known.status()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(known.fields()).containsEntry("ETag", tag).doesNotContainKey("Content-Type");
      }
      assertThat(get(target, "If-None-Match", "\"x\"").status()).isEqualTo(200);
    }

    @Test
    void comeFromNowhereElse() {
      for (String page : List.of("/", "/.play/", "/.play/a.mp4")) {
        assertThat(get(page).fields().get("Content-Security-Policy"))
            .contains("default-src 'none'; script-src 'self';")
            .doesNotContain("unsafe");
      }
    }

    @Test
    void thePlayerAloneMayStandInOtherPages() {
      assertThat(get("/").fields().get("Content-Security-Policy"))
          .contains("frame-ancestors 'none'");
      assertThat(get("/.play/").fields().get("Content-Security-Policy"))
          .contains("frame-ancestors 'none'");
      assertThat(get("/.play/a.mp4").fields().get("Content-Security-Policy"))
          .doesNotContain("frame-ancestors");
    }
  }

  @Nested
  class Addresses {

    @ParameterizedTest
    @CsvSource({
      "/, ./",
      "/.play/, ../",
      "/.play/a.mp4, ../",
      "/.play/s/e%201.mp4, ../../",
      "/.play/a;b/c/d.mp4, ../../../",
    })
    void leadToTheRootFromEveryDepth(String target, String root) {
      assertThat(text(get(target))).contains("<base href=\"" + root + "\"").doesNotContain("@");
    }

    @Test
    void ofDifferentDepthHaveDifferentTags() {
      assertThat(get("/.play/a.mp4").fields().get("ETag"))
          .isEqualTo(get("/.play/b.mp4").fields().get("ETag"))
          .isNotEqualTo(get("/.play/s/b.mp4").fields().get("ETag"));
    }

    @Test
    void withoutTheLastSlashAreCompleted() {
      PageAnswer answer = get("/.play");
      assertThat(answer.status()).isEqualTo(308);
      assertThat(answer.fields()).containsEntry("Location", ".play/");
    }

    @ParameterizedTest
    @CsvSource({
      "/.play//, 404",
      "/.play/a//b, 404",
      "/.play/dir/, 404",
      "/.play/.hidden, 404",
      "/.play/a%zz, 400",
      "/.play/a%2Fb, 400",
      "/.play/%FF, 400",
      "/.web/, 404",
      "/.web/nothing.js, 404",
      "/.web/player.html, 404",
      "/.web/../style.css, 404",
      "/.web/Pages.class, 404",
      "/.web/STYLE.CSS, 404",
    })
    void thatAreNoneSaySo(String target, int status) {
      PageAnswer answer = get(target);
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.fields())
          .containsEntry("Content-Type", "text/plain; charset=utf-8")
          .containsEntry("Cache-Control", "no-store");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "BREW"})
    void areOnlyRead(String method) {
      for (String target : List.of("/", "/.play/", "/.web/style.css", "/.web/titles")) {
        PageAnswer answer = ask(method, target, ADMINISTRATOR);
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.fields()).containsEntry("Allow", "GET, HEAD");
      }
    }
  }

  @Nested
  class TheList {

    @Test
    void isClosedToStrangers() {
      publish("/secret.mp4");
      PageAnswer answer = get("/.web/titles");
      assertThat(answer.status()).isEqualTo(403);
      assertThat(text(answer)).contains("--browse", "--admin").doesNotContain("secret");
      assertThat(text(get("/.web/visitor")))
          .isEqualTo("{\"listing\":false,\"titles\":true,\"administrator\":false}");
    }

    @Test
    void isOpenToAdministratorsWhateverTheyMayRead() throws IOException {
      publish("/a.mp4");
      Visitor elsewhere =
          new Visitor(true, false, Optional.of(Problems.text(421, "not under this name")));
      assertThat(ask("GET", "/.web/titles", elsewhere).status()).isEqualTo(200);
      JsonNode told = MAPPER.readTree(ask("GET", "/.web/visitor", ADMINISTRATOR).body());
      assertThat(told.path("role").asText()).isEqualTo("server");
      assertThat(told.path("published").asInt()).isEqualTo(1);
    }

    @Test
    void isOpenedByBrowseToThoseWhoMayReadTitles() throws IOException {
      publish("/a.mp4");
      assertThat(names(list(""))).containsExactly("/a.mp4");
      Visitor refused = new Visitor(false, true, Optional.of(Problems.text(421, "not here")));
      assertThat(ask("GET", "/.web/titles", refused).status()).isEqualTo(421);
      assertThat(text(ask("GET", "/.web/visitor", refused)))
          .isEqualTo("{\"listing\":false,\"titles\":false,\"administrator\":false}");
    }

    @Test
    void tellsNameLengthTypeAndDate() {
      publish("/é \"1\".mp4");
      PageAnswer answer = ask("GET", "/.web/titles", BROWSING);
      assertThat(text(answer))
          .isEqualTo(
              "{\"published\":1,\"titles\":[{\"name\":\"/é \\\"1\\\".mp4\",\"bytes\":10,"
                  + "\"type\":\"video/mp4\",\"lastModified\":\"2024-05-06T07:08:09Z\"}]}");
      assertThat(answer.fields())
          .containsEntry("Content-Type", "application/json")
          .containsEntry("Cache-Control", "no-store")
          .containsEntry("Content-Length", Integer.toString(answer.body().length))
          .doesNotContainKey("Access-Control-Allow-Origin");
    }

    @Test
    void isPagedThroughToItsEnd() throws IOException {
      for (int i = 0; i < 25; i++) {
        publish("/s 1/é+" + (char) ('a' + i) + ".mp4");
      }
      List<String> all = new ArrayList<>();
      JsonNode page = list("?max=10");
      all.addAll(names(page));
      while (page.has("next")) {
        String next = page.path("next").asText();
        assertThat(next).isEqualTo(all.get(all.size() - 1));
        page = list("?max=10&after=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
        all.addAll(names(page));
      }
      assertThat(all).isEqualTo(published.stream().map(Title::path).toList());
      assertThat(asked).hasSize(3);
    }

    @Test
    void isBoundedWhateverIsAskedFor() throws IOException {
      list("?max=999999999");
      list("");
      assertThat(asked).containsExactly(ListingQuery.MOST + 1, ListingQuery.USUAL + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"max=0", "max=-1", "max=x", "max=", "max=9999999999", "after=%zz"})
    void refusesWhatItCannotRead(String query) {
      PageAnswer answer = ask("GET", "/.web/titles?" + query, BROWSING);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(asked).isEmpty();
    }

    @Test
    void refusesAPlaceLongerThanAnyTitle() {
      assertThat(ask("GET", "/.web/titles?after=" + "a".repeat(6_001), BROWSING).status())
          .isEqualTo(400);
    }
  }
}
