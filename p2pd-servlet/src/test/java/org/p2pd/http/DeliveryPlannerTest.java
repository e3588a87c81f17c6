package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.catalogue.Titles.Lookup;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.http.DeliveryPlan.NotOurs;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.DeliveryPlan.SendFile;
import org.p2pd.http.DeliveryPlan.SendMultipart;
import org.p2pd.http.DeliveryPlan.SendStream;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;

/** Statuses and fields, decided without a container. The title has 1,000,000 bytes. */
class DeliveryPlannerTest {

  private static final Edition EDITION =
      new Edition(DigestAlgorithm.SHA_256, 1_000_000, Hash.of(new byte[32]));
  private static final Instant DATE = Instant.parse("2024-05-06T07:08:09Z");
  private static final String TAG = EDITION.id().entityTag();

  private Lookup lookup = published("/a.mp4", EDITION, DATE);
  private long heldUntil = 1_000_000;
  private boolean inOneFile;
  private boolean canFetch = true;
  private final List<Lookup> asked = new ArrayList<>();
  private final List<ByteRange> partsAsked = new ArrayList<>();
  private AccessRules access =
      new AccessRules(List.of(), Subnet.EVERYONE, List.of(Subnet.parse("10.0.0.0/8").get()));
  private CorsPolicy cors = CorsPolicy.ANY;

  private static Lookup published(String path, Edition edition, Instant lastModified) {
    return new Lookup.Published(new PublishedTitle(new Title(path), edition, lastModified));
  }

  private DeliveryPlan plan(RequestFacts request) {
    Titles titles =
        new Titles() {
          @Override
          public Lookup lookup(Title title) {
            return lookup;
          }

          @Override
          public void asked(Title title, Lookup found) {
            asked.add(found);
          }

          @Override
          public int publishedCount() {
            return 1;
          }

          @Override
          public List<PublishedTitle> published(String after, int max) {
            throw new AssertionError("no request for a title needs the list");
          }
        };
    Holdings holdings =
        new Holdings() {
          @Override
          public boolean canFetch() {
            return canFetch;
          }

          @Override
          public boolean holds(Edition edition, ByteRange range) {
            return range.last() < heldUntil;
          }

          @Override
          public Optional<FilePart> filePart(Edition edition, ByteRange range) {
            partsAsked.add(range);
            return inOneFile
                ? Optional.of(new FilePart(Path.of("/x"), range.first(), range.lengthBytes()))
                : Optional.empty();
          }
        };
    return new DeliveryPlanner(
            titles, holdings, access, new Cors(cors), () -> Instant.parse("2026-01-01T00:00:00Z"))
        .plan(request);
  }

  private static RequestFacts get(String... fields) {
    return request("GET", "10.0.0.9", fields);
  }

  private static RequestFacts request(String method, String client, String... fields) {
    Map<String, String> map = new java.util.HashMap<>();
    for (String field : fields) {
      int colon = field.indexOf(':');
      map.put(field.substring(0, colon), field.substring(colon + 1).strip());
    }
    return new RequestFacts(
        method,
        "/a.mp4",
        RequestFields.of(map),
        HostName.parse("cdn.example.com"),
        Sender.direct(InetAddresses.forString(client)),
        false,
        true);
  }

  private static RequestFacts sentBy(Sender sender) {
    RequestFacts facts = get();
    return new RequestFacts(
        facts.method(), facts.rawPath(), facts.fields(), facts.host(), sender, false, true);
  }

  private Respond respond(RequestFacts request) {
    DeliveryPlan plan = plan(request);
    return plan instanceof NotOurs notOurs ? notOurs.unlessFound().orElseThrow() : (Respond) plan;
  }

  @Nested
  class WhatIsHeld {

    @Test
    void inOneFileIsSentFromIt() {
      inOneFile = true;
      SendFile plan = (SendFile) plan(get("Range: bytes=100000-299999"));
      assertThat(plan.status()).isEqualTo(206);
      assertThat(plan.part()).isEqualTo(new FilePart(Path.of("/x"), 100_000, 200_000));
      assertThat(plan.fields())
          .containsEntry("Content-Length", "200000")
          .containsEntry("Content-Range", "bytes 100000-299999/1000000")
          .containsEntry("Content-Type", "video/mp4")
          .containsEntry("ETag", TAG)
          .containsEntry("Last-Modified", "Mon, 06 May 2024 07:08:09 GMT")
          .containsEntry("Accept-Ranges", "bytes")
          .containsEntry("Cache-Control", "public, max-age=60, no-transform")
          .containsEntry("Cache-Status", "p2pd; hit")
          .containsEntry("X-Content-Type-Options", "nosniff")
          .containsEntry("Access-Control-Allow-Origin", "*")
          .containsEntry("Cross-Origin-Resource-Policy", "cross-origin")
          .containsKey("Access-Control-Expose-Headers");
    }

    @Test
    void elsewhereIsStreamed() {
      SendStream plan = (SendStream) plan(get());
      assertThat(plan.status()).isEqualTo(200);
      assertThat(plan.reading().range()).isEqualTo(new ByteRange(0, 999_999));
      assertThat(plan.reading().fetching()).isEqualTo(Fetching.MISSING);
      assertThat(plan.fields()).doesNotContainKey("Content-Range");
      assertThat(plan.cacheStatus()).isEqualTo(CacheStatus.HIT);
    }

    @Test
    void isNeverSentFromAFileIfItIsSmallOrTheContainerCannot() {
      inOneFile = true;
      assertThat(plan(get("Range: bytes=0-99"))).isInstanceOf(SendStream.class);
      RequestFacts facts = get();
      assertThat(
              plan(
                  new RequestFacts(
                      facts.method(),
                      facts.rawPath(),
                      facts.fields(),
                      facts.host(),
                      facts.sender(),
                      false,
                      false)))
          .isInstanceOf(SendStream.class);
      assertThat(plan(request("HEAD", "10.0.0.9"))).isInstanceOf(Respond.class);
      assertThat(plan(get("Range: bytes=0-99999,200000-299999"))).isInstanceOf(SendMultipart.class);
      assertThat(plan(get("If-None-Match: " + TAG))).isInstanceOf(Respond.class);
      assertThat(plan(get("If-Match: \"x\""))).isInstanceOf(Respond.class);
      assertThat(plan(get("Range: bytes=2000000-"))).isInstanceOf(Respond.class);
      assertThat(partsAsked).isEmpty();
    }

    @Test
    void isServedAlsoToThoseForWhomNothingIsFetched() {
      SendStream plan = (SendStream) plan(request("GET", "192.0.2.1"));
      assertThat(plan.reading().fetching()).isEqualTo(Fetching.NOTHING);
    }
  }

  @Nested
  class WhatIsNotHeld {

    @ParameterizedTest
    @CsvSource({
      "0, bytes=0-999, MISS",
      "500000, bytes=0-999999, PARTIAL",
      "500000, bytes=0-499999, HIT",
      "500000, bytes=600000-, MISS",
      "500000, 'bytes=0-9,600000-', PARTIAL",
    })
    void isSaidInCacheStatus(long held, String range, CacheStatus status) {
      heldUntil = held;
      DeliveryPlan.Send plan = (DeliveryPlan.Send) plan(get("Range: " + range));
      assertThat(plan.cacheStatus()).isEqualTo(status);
      assertThat(plan.fields()).containsEntry("Cache-Status", status.field());
    }

    @Test
    void isFetchedForRecursiveClientsOnly() {
      heldUntil = 500_000;
      assertThat(((SendStream) plan(get())).reading().fetching()).isEqualTo(Fetching.MISSING);
      Respond refused = respond(request("GET", "192.0.2.1"));
      assertThat(refused.status()).isEqualTo(504);
      assertThat(refused.text()).contains("-n");
      assertThat(refused.fields()).containsEntry("Cache-Control", "no-store");
      assertThat(respond(request("HEAD", "192.0.2.1")).status()).isEqualTo(504);
      assertThat(respond(request("GET", "192.0.2.1", "Range: bytes=0-9,600000-")).status())
          .isEqualTo(504);
      assertThat(plan(request("GET", "192.0.2.1", "Range: bytes=0-9")))
          .isInstanceOf(SendStream.class);
    }

    /** Its file is being hashed again, or its disk is away: no option would help. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.9", "192.0.2.1"})
    void byAServerIsToBeAskedForAgain(String client) {
      heldUntil = 0;
      canFetch = false;
      for (String method : List.of("GET", "HEAD")) {
        Respond refused = respond(request(method, client));
        assertThat(refused.status()).as(method).isEqualTo(503);
        assertThat(refused.fields()).containsKey("Retry-After");
      }
      Respond several = respond(request("GET", client, "Range: bytes=0-9,600000-"));
      assertThat(several.status()).isEqualTo(503);
      assertThat(several.text()).doesNotContain("-n").contains("Ask again");
    }

    @Test
    void isNotAskedForBeforeConditionsAreWeighed() {
      heldUntil = 0;
      assertThat(respond(request("GET", "192.0.2.1", "If-None-Match: " + TAG)).status())
          .isEqualTo(304);
    }
  }

  @Nested
  class Conditions {

    @Test
    void notModifiedHasTheFieldsOfAnAnswerButNoLength() {
      Respond plan = respond(get("If-None-Match: W/" + TAG, "Range: bytes=0-9"));
      assertThat(plan.status()).isEqualTo(304);
      assertThat(plan.text()).isEmpty();
      assertThat(plan.fields())
          .containsEntry("ETag", TAG)
          .containsKeys("Last-Modified", "Cache-Control", "Access-Control-Allow-Origin")
          .doesNotContainKeys("Content-Length", "Content-Range", "Content-Type");
    }

    @Test
    void failedIs412() {
      assertThat(respond(get("If-Match: \"other\"")).status()).isEqualTo(412);
    }

    @Test
    void aFailedIfRangeMeansTheWhole() {
      assertThat(((SendStream) plan(get("Range: bytes=0-9", "If-Range: \"other\""))).status())
          .isEqualTo(200);
      assertThat(((SendStream) plan(get("Range: bytes=0-9", "If-Range: W/" + TAG))).status())
          .isEqualTo(200);
      assertThat(((SendStream) plan(get("Range: bytes=0-9", "If-Range: " + TAG))).status())
          .isEqualTo(206);
      assertThat(((SendStream) plan(get("Range: bytes=5000000-", "If-Range: \"other\""))).status())
          .isEqualTo(200);
    }

    @Test
    void aDateInTheFutureIsNotShownAndIsNoValidator() {
      lookup = published("/a.mp4", EDITION, Instant.parse("2030-01-01T00:00:00Z"));
      SendStream plan = (SendStream) plan(get("If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT"));
      assertThat(plan.fields()).doesNotContainKey("Last-Modified");
      assertThat(
              ((SendStream)
                      plan(get("Range: bytes=0-9", "If-Range: Tue, 01 Jan 2030 00:00:00 GMT")))
                  .status())
          .isEqualTo(200);
    }
  }

  @Nested
  class Ranges {

    @Test
    void unsatisfiableIs416WithTheLength() {
      Respond plan = respond(get("Range: bytes=1000000-"));
      assertThat(plan.status()).isEqualTo(416);
      assertThat(plan.fields())
          .containsEntry("Content-Range", "bytes */1000000")
          .containsEntry("Cache-Control", "no-store");
    }

    @Test
    void severalAreMultipartWithItsExactLength() {
      SendMultipart plan = (SendMultipart) plan(get("Range: bytes=0-9,500-599"));
      assertThat(plan.status()).isEqualTo(206);
      assertThat(plan.body().parts())
          .extracting(Multipart.Part::range)
          .containsExactly(new ByteRange(0, 9), new ByteRange(500, 599));
      assertThat(plan.fields())
          .containsEntry("Content-Type", plan.body().contentType())
          .containsEntry("Content-Length", Long.toString(plan.lengthBytes()))
          .doesNotContainKey("Content-Range");
    }

    @Test
    void headIgnoresThem() {
      Respond plan = respond(request("HEAD", "10.0.0.9", "Range: bytes=0-9"));
      assertThat(plan.status()).isEqualTo(200);
      assertThat(plan.fields()).containsEntry("Content-Length", "1000000");
    }

    @Test
    void ofAnEmptyTitle() {
      lookup =
          published("/a.mp4", new Edition(DigestAlgorithm.SHA_256, 0, Hash.of(new byte[32])), DATE);
      assertThat(respond(get()).status()).isEqualTo(200);
      assertThat(respond(get()).fields()).containsEntry("Content-Length", "0");
      assertThat(respond(get("Range: bytes=-1")).status()).isEqualTo(200);
      assertThat(respond(get("Range: bytes=0-")).status()).isEqualTo(416);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Range: bytes=0-99", "If-None-Match: \"x\"", "If-Match: \"x\""})
  void headHasTheFieldsOfGetWithoutRange(String field) {
    String[] fields = field.isEmpty() ? new String[0] : new String[] {field};
    Respond head = respond(request("HEAD", "10.0.0.9", fields));
    DeliveryPlan get = plan(field.startsWith("Range") ? get() : request("GET", "10.0.0.9", fields));
    assertThat(head.text()).isEmpty();
    if (get instanceof Respond answer) {
      assertThat(head.fields()).isEqualTo(answer.fields());
      assertThat(head.status()).isEqualTo(answer.status());
    } else {
      assertThat(head.fields()).isEqualTo(((SendStream) get).fields());
      assertThat(head.status()).isEqualTo(((SendStream) get).status());
    }
  }

  @Nested
  class Access {

    /** Hashing is hurried, and parents are told, for those only who may read the title. */
    @Test
    void ofThoseWhoAreRefusedCausesNoWork() {
      Lookup notReady = new Lookup.NotReady(OptionalInt.empty());
      access = new AccessRules(List.of(), List.of(), List.of());
      for (Lookup one : List.of(lookup, notReady)) {
        lookup = one;
        assertThat(respond(get()).status()).isEqualTo(403);
      }
      access = new AccessRules(List.of(), Subnet.EVERYONE, List.of());
      assertThat(respond(request("POST", "10.0.0.9")).status()).isEqualTo(405);
      assertThat(respond(request("OPTIONS", "10.0.0.9")).status()).isEqualTo(204);
      assertThat(asked).isEmpty();
      respond(get());
      assertThat(asked).containsExactly(notReady);
    }

    @Test
    void throughAProxyThatChangedTheHostSaysSo() {
      access = new AccessRules(List.of(HostName.parse("other").get()), Subnet.EVERYONE, List.of());
      assertThat(respond(get()).text()).doesNotContain("proxy");
      for (Sender.Way way : List.of(Sender.Way.TRUSTED_PROXY, Sender.Way.UNKNOWN_PROXY)) {
        Respond plan = respond(sentBy(new Sender(Sender.NOWHERE, way)));
        assertThat(plan.status()).isEqualTo(421);
        assertThat(plan.text()).contains("ProxyPreserveHost On");
      }
    }

    @Test
    void throughAProxyThatNobodyNamedIsFromNowhere() {
      Sender nowhere = new Sender(Sender.NOWHERE, Sender.Way.UNKNOWN_PROXY);
      assertThat(plan(sentBy(nowhere))).as("-N is for everyone").isInstanceOf(SendStream.class);
      heldUntil = 0;
      assertThat(respond(sentBy(nowhere)).status()).as("-n is not").isEqualTo(504);
      assertThat(respond(sentBy(nowhere)).text()).contains("--trusted-proxy ADDRESS");
      access = new AccessRules(List.of(), List.of(), List.of());
      assertThat(respond(sentBy(nowhere)).status()).as("this machine only").isEqualTo(403);
      assertThat(respond(sentBy(nowhere)).text()).contains("--trusted-proxy ADDRESS");
      assertThat(respond(sentBy(new Sender(Sender.NOWHERE, Sender.Way.SILENT_PROXY))).text())
          .contains("X-Forwarded-For");
    }

    @Test
    void ofAnotherHostIs421() {
      access =
          new AccessRules(
              List.of(HostName.parse("a.example").get(), HostName.parse("b.example").get()),
              Subnet.EVERYONE,
              List.of());
      Respond plan = respond(get());
      assertThat(plan.status()).isEqualTo(421);
      assertThat(plan.text()).contains("a.example, b.example").contains("-A");
    }

    @Test
    void byOneOfTheNamesIsServed() {
      access =
          new AccessRules(
              List.of(HostName.parse("CDN.example.com.").get()), Subnet.EVERYONE, List.of());
      assertThat(plan(get())).isInstanceOf(SendStream.class);
    }

    @Test
    void byAnotherClientIs403() {
      access = new AccessRules(List.of(), List.of(Subnet.parse("192.0.2.0/24").get()), List.of());
      Respond plan = respond(get());
      assertThat(plan.status()).isEqualTo(403);
      assertThat(plan.text()).contains("-N");
      assertThat(plan(request("GET", "192.0.2.77"))).isInstanceOf(SendStream.class);
    }

    @Test
    void withoutViewersOnlyLoopbackIsServed() {
      access = new AccessRules(List.of(), List.of(), List.of());
      assertThat(respond(get()).status()).isEqualTo(403);
      assertThat(plan(request("GET", "127.0.0.5"))).isInstanceOf(SendStream.class);
      assertThat(plan(request("GET", "::1"))).isInstanceOf(SendStream.class);
    }

    @Test
    void whoIsRefusedLearnsNothingOfTheCatalogue() {
      access = new AccessRules(List.of(), List.of(), List.of());
      Respond published = respond(get());
      lookup = new Lookup.Unknown();
      assertThat(respond(get())).isEqualTo(published);
      lookup = new Lookup.NotReady(OptionalInt.empty());
      assertThat(respond(get())).isEqualTo(published);
      lookup = new Lookup.NotSynced();
      assertThat(respond(get())).isEqualTo(published);
    }
  }

  @Nested
  class Lookups {

    @Test
    void unknownIs404UnlessTheApplicationHasIt() {
      lookup = new Lookup.Unknown();
      assertThat(plan(get())).isInstanceOf(NotOurs.class);
      assertThat(respond(get()).status()).isEqualTo(404);
      assertThat(respond(request("POST", "10.0.0.9")).status()).isEqualTo(405);
      assertThat(respond(request("OPTIONS", "10.0.0.9")).status()).isEqualTo(204);
    }

    @Test
    void notReadyIs503WithThePercentage() {
      lookup = new Lookup.NotReady(OptionalInt.of(37));
      Respond plan = respond(get());
      assertThat(plan.status()).isEqualTo(503);
      assertThat(plan.text()).contains("37 %");
      assertThat(plan.fields()).containsKey("Retry-After");
      lookup = new Lookup.NotReady(OptionalInt.empty());
      assertThat(respond(get()).text()).doesNotContain("%");
    }

    @Test
    void notSyncedIs503AndNever404() {
      lookup = new Lookup.NotSynced();
      assertThat(respond(get()).status()).isEqualTo(503);
      assertThat(respond(get()).fields()).containsKey("Retry-After");
    }

    @Test
    void malformedPathsAre400ForAnyone() {
      RequestFacts facts = get();
      DeliveryPlan plan =
          plan(
              new RequestFacts(
                  "GET", "/a/../b", facts.fields(), facts.host(), facts.sender(), false, true));
      assertThat(((Respond) plan).status()).isEqualTo(400);
    }
  }

  @Nested
  class Methods {

    @ParameterizedTest
    @CsvSource({
      "POST, 405",
      "PUT, 405",
      "DELETE, 405",
      "PATCH, 405",
      "PROPFIND, 405",
      "CONNECT, 405",
      "BREW, 501",
      "get, 501",
      "OPTIONS, 204"
    })
    void otherThanGetAndHead(String method, int status) {
      Respond plan = respond(request(method, "10.0.0.9"));
      assertThat(plan.status()).isEqualTo(status);
      if (status != 501) {
        assertThat(plan.fields()).containsEntry("Allow", "GET, HEAD, OPTIONS");
      }
    }

    @Test
    void withABodyAreRefusedUnread() {
      for (String method : List.of("GET", "HEAD", "POST")) {
        RequestFacts facts = request(method, "10.0.0.9");
        Respond plan =
            respond(
                new RequestFacts(
                    method,
                    facts.rawPath(),
                    facts.fields(),
                    facts.host(),
                    facts.sender(),
                    true,
                    true));
        assertThat(plan.status()).isEqualTo(method.equals("POST") ? 405 : 400);
        assertThat(plan.fields()).containsEntry("Connection", "close");
      }
    }
  }

  @Nested
  class CrossOrigin {

    @Test
    void preflightIsAnswered() {
      Respond plan =
          respond(
              request(
                  "OPTIONS",
                  "10.0.0.9",
                  "Origin: https://www.example.com",
                  "Access-Control-Request-Method: GET",
                  "Access-Control-Request-Headers: range"));
      assertThat(plan.status()).isEqualTo(204);
      assertThat(plan.fields())
          .containsEntry("Access-Control-Allow-Origin", "*")
          .containsEntry("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
          .containsKeys("Access-Control-Allow-Headers", "Access-Control-Max-Age");
    }

    @Test
    void onlyListedOriginsMayRead() {
      cors = new CorsPolicy(false, Set.of("https://www.example.com"));
      DeliveryPlan.Send listed = (DeliveryPlan.Send) plan(get("Origin: https://www.example.com"));
      assertThat(listed.fields())
          .containsEntry("Access-Control-Allow-Origin", "https://www.example.com")
          .containsEntry("Vary", "Origin");
      DeliveryPlan.Send other = (DeliveryPlan.Send) plan(get("Origin: https://evil.example"));
      assertThat(other.fields())
          .doesNotContainKey("Access-Control-Allow-Origin")
          .containsEntry("Vary", "Origin");
    }

    @Test
    void errorsCanBeReadToo() {
      assertThat(respond(get("Range: bytes=9999999-")).fields())
          .containsEntry("Access-Control-Allow-Origin", "*");
    }
  }

  @Test
  void playlistsAreRevalidated() {
    lookup = published("/a.m3u8", EDITION, DATE);
    assertThat(((DeliveryPlan.Send) plan(get())).fields())
        .containsEntry("Cache-Control", "no-cache")
        .containsEntry("Content-Type", "application/vnd.apple.mpegurl");
  }

  @Nested
  class Directories {

    private RequestFacts at(String rawPath, String method, String client) {
      RequestFacts facts = request(method, client);
      return new RequestFacts(
          method, rawPath, facts.fields(), facts.host(), facts.sender(), false, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/dir/"})
    void areTheirPagesWhereThoseArePublished(String rawPath) {
      lookup = published(rawPath + "index.html", EDITION, DATE);
      SendStream plan = (SendStream) plan(at(rawPath, "GET", "10.0.0.9"));
      assertThat(plan.fields())
          .containsEntry("Content-Type", "text/html")
          .containsEntry("ETag", TAG)
          .containsEntry("Cache-Control", "no-cache");
      assertThat(asked).containsExactly(lookup);
      assertThat(((Respond) plan(at(rawPath, "HEAD", "10.0.0.9"))).status()).isEqualTo(200);
      assertThat(((Respond) plan(at(rawPath, "POST", "10.0.0.9"))).status()).isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/dir/"})
    void areWhoeversTheyWereWithoutAPage(String rawPath) {
      for (Lookup none :
          List.of(
              new Lookup.Unknown(),
              new Lookup.NotSynced(),
              new Lookup.NotReady(OptionalInt.empty()))) {
        lookup = none;
        assertThat(plan(at(rawPath, "GET", "10.0.0.9"))).isEqualTo(new NotOurs(Optional.empty()));
      }
      assertThat(asked).isEmpty();
    }

    @Test
    void tellNoStrangerWhetherThereIsAPage() {
      lookup = published("/index.html", EDITION, DATE);
      access = new AccessRules(List.of(), Subnet.LOOPBACK, List.of());
      assertThat(plan(at("/", "GET", "10.0.0.9"))).isEqualTo(new NotOurs(Optional.empty()));
      access =
          new AccessRules(
              List.of(HostName.parse("other.example").get()), Subnet.EVERYONE, List.of());
      assertThat(plan(at("/", "GET", "10.0.0.9"))).isEqualTo(new NotOurs(Optional.empty()));
      assertThat(asked).isEmpty();
    }
  }
}
