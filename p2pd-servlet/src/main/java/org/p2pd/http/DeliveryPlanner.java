package org.p2pd.http;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.catalogue.Titles.Lookup;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.http.DeliveryPlan.NotOurs;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.DeliveryPlan.SendFile;
import org.p2pd.http.DeliveryPlan.SendMultipart;
import org.p2pd.http.DeliveryPlan.SendStream;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * Decides how a request is answered: access, method, conditions and ranges, in this order. Pure but
 * for what it asks of the catalogue, the holdings and the clock; nothing is sent and nothing is
 * fetched. {@code docs/http.md} has the whole as a table.
 */
public final class DeliveryPlanner {

  /** The methods that titles answer. */
  public static final String ALLOW = "GET, HEAD, OPTIONS";

  /** Smaller parts are written rather than sent zero-copy: measured, see docs/design/007. */
  public static final int ZERO_COPY_MIN_BYTES = 16 * 1024;

  /** Methods that are registered (IANA) but that titles do not answer; others are unknown. */
  private static final Set<String> KNOWN_METHODS =
      Set.of(
          "POST",
          "PUT",
          "DELETE",
          "PATCH",
          "TRACE",
          "CONNECT",
          "ACL",
          "BIND",
          "CHECKIN",
          "CHECKOUT",
          "COPY",
          "LABEL",
          "LINK",
          "LOCK",
          "MERGE",
          "MKACTIVITY",
          "MKCALENDAR",
          "MKCOL",
          "MKREDIRECTREF",
          "MKWORKSPACE",
          "MOVE",
          "ORDERPATCH",
          "PRI",
          "PROPFIND",
          "PROPPATCH",
          "QUERY",
          "REBIND",
          "REPORT",
          "SEARCH",
          "UNBIND",
          "UNCHECKOUT",
          "UNLINK",
          "UNLOCK",
          "UPDATE",
          "UPDATEREDIRECTREF",
          "VERSION-CONTROL",
          "BASELINE-CONTROL");

  private final Titles titles;
  private final Holdings holdings;
  private final AccessRules access;
  private final Cors cors;
  private final InstantSource clock;

  public DeliveryPlanner(
      Titles titles, Holdings holdings, AccessRules access, Cors cors, InstantSource clock) {
    this.titles = titles;
    this.holdings = holdings;
    this.access = access;
    this.cors = cors;
    this.clock = clock;
  }

  public DeliveryPlan plan(RequestFacts request) {
    RequestTarget target = RequestTarget.parse(request.rawPath());
    if (target instanceof RequestTarget.Malformed malformed) {
      return finished(request, Problems.malformedPath(malformed.why()));
    }
    if (target instanceof RequestTarget.Named named) {
      return planTitle(request, named.title());
    }
    return target instanceof RequestTarget.Directory directory
        ? planDirectory(request, directory.index())
        : new NotOurs(Optional.empty());
  }

  /** A directory is whoever's it was before, unless its page is published for this viewer. */
  private DeliveryPlan planDirectory(RequestFacts request, Title index) {
    boolean shown =
        titles.lookup(index) instanceof Lookup.Published
            && access.refusal(request.host(), request.sender()).isEmpty();
    return shown ? planTitle(request, index) : new NotOurs(Optional.empty());
  }

  private DeliveryPlan planTitle(RequestFacts request, Title title) {
    Lookup lookup = titles.lookup(title);
    // Who may not read titles does not learn from the answer whether there is one.
    Optional<Respond> refusal = refusal(request);
    if (refusal.isEmpty()) {
      titles.asked(title, lookup);
    }
    if (lookup instanceof Lookup.Unknown) {
      return new NotOurs(Optional.of(finished(request, refusal.orElseGet(Problems::noSuchTitle))));
    }
    if (lookup instanceof Lookup.NotSynced) {
      return new NotOurs(Optional.of(finished(request, refusal.orElseGet(Problems::notSynced))));
    }
    if (refusal.isPresent()) {
      return finished(request, refusal.get());
    }
    if (lookup instanceof Lookup.NotReady notReady) {
      return finished(request, Problems.notReady(notReady.percentHashed()));
    }
    return planPublished(request, ((Lookup.Published) lookup).entry());
  }

  private Optional<Respond> refusal(RequestFacts request) {
    Optional<Respond> stranger = access.refusal(request.host(), request.sender());
    if (stranger.isPresent()) {
      return stranger;
    }
    return switch (request.method()) {
      case "GET", "HEAD" ->
          request.hasBody() ? Optional.of(Problems.unexpectedBody()) : Optional.empty();
      case "OPTIONS" ->
          Optional.of(request.hasBody() ? Problems.unexpectedBody() : options(request));
      default ->
          Optional.of(
              KNOWN_METHODS.contains(request.method())
                  ? Problems.methodNotAllowed()
                  : Problems.methodUnknown());
    };
  }

  private Respond options(RequestFacts request) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Allow", ALLOW);
    fields.put("Cache-Control", "no-store");
    fields.putAll(cors.preflightFields(request.fields()));
    return new Respond(204, fields, "");
  }

  private DeliveryPlan planPublished(RequestFacts request, PublishedTitle entry) {
    Instant now = clock.instant();
    Edition edition = entry.edition();
    Optional<Instant> lastModified = entry.shownLastModified(now);
    EntityTag tag = new EntityTag(false, edition.id().toString());
    String mediaType = MediaTypes.of(entry.title());
    Map<String, String> fields = fields(request, mediaType, tag, lastModified);
    switch (Preconditions.evaluate(request.fields(), tag, lastModified, now)) {
      case FAILED -> {
        return finished(request, Problems.preconditionFailed());
      }
      case NOT_MODIFIED -> {
        return new Respond(304, fields, ""); // RFC 9110 15.4.5
      }
      case PROCEED -> {}
    }
    // RFC 9110 14.2: Range is defined for GET only; 13.1.5: a failed If-Range means no Range.
    Optional<String> range =
        request.method().equals("GET") ? request.fields().value("Range") : Optional.empty();
    if (range.isPresent()
        && !Preconditions.rangeApplies(request.fields(), tag, lastModified, now)) {
      range = Optional.empty();
    }
    RangeDecision decision =
        range
            .map(value -> RangeHeader.decide(value, edition.lengthBytes()))
            .orElseGet(RangeDecision.Whole::new);
    fields.put("Accept-Ranges", "bytes");
    fields.put("Content-Type", mediaType);
    if (decision instanceof RangeDecision.Unsatisfiable unsatisfiable) {
      return finished(
          request, Problems.rangeNotSatisfiable(unsatisfiable.why(), edition.lengthBytes()));
    }
    if (decision instanceof RangeDecision.Several several) {
      return planSeveral(request, edition, mediaType, several.ranges(), fields);
    }
    if (decision instanceof RangeDecision.Single single) {
      fields.put("Content-Range", "bytes " + single.range() + "/" + edition.lengthBytes());
      return planRange(request, edition, 206, single.range(), fields);
    }
    if (edition.lengthBytes() == 0) {
      fields.put("Content-Length", "0");
      return new Respond(200, fields, "");
    }
    return planRange(request, edition, 200, new ByteRange(0, edition.lengthBytes() - 1), fields);
  }

  private DeliveryPlan planRange(
      RequestFacts request,
      Edition edition,
      int status,
      ByteRange range,
      Map<String, String> fields) {
    fields.put("Content-Length", Long.toString(range.lengthBytes()));
    boolean get = request.method().equals("GET");
    if (get && request.zeroCopy() && range.lengthBytes() >= ZERO_COPY_MIN_BYTES) {
      Optional<FilePart> part = holdings.filePart(edition, range);
      if (part.isPresent()) {
        fields.put("Cache-Status", CacheStatus.HIT.field());
        return new SendFile(status, fields, part.get(), CacheStatus.HIT);
      }
    }
    CacheStatus cacheStatus = cacheStatus(edition, List.of(range));
    Fetching fetching = fetchingFor(request);
    if (cacheStatus != CacheStatus.HIT && !(fetching == Fetching.MISSING && holdings.canFetch())) {
      return finished(request, notToBeHad(request));
    }
    fields.put("Cache-Status", cacheStatus.field());
    if (!get) {
      return new Respond(status, fields, "");
    }
    ReadRequest reading =
        new ReadRequest(edition, range, Reader.VIEWER, Urgency.PLAY_HEAD, fetching);
    return new SendStream(status, fields, reading, cacheStatus);
  }

  private DeliveryPlan planSeveral(
      RequestFacts request,
      Edition edition,
      String mediaType,
      List<ByteRange> ranges,
      Map<String, String> fields) {
    Multipart body = Multipart.of(edition.id(), edition.lengthBytes(), mediaType, ranges);
    CacheStatus cacheStatus = cacheStatus(edition, ranges);
    Fetching fetching = fetchingFor(request);
    if (cacheStatus != CacheStatus.HIT && !(fetching == Fetching.MISSING && holdings.canFetch())) {
      return finished(request, notToBeHad(request));
    }
    fields.put("Content-Type", body.contentType());
    fields.put("Content-Length", Long.toString(body.lengthBytes()));
    fields.put("Cache-Status", cacheStatus.field());
    return new SendMultipart(206, fields, edition, body, fetching, cacheStatus);
  }

  private Fetching fetchingFor(RequestFacts request) {
    return access.fetchesFor(request.sender().address()) ? Fetching.MISSING : Fetching.NOTHING;
  }

  private Respond notToBeHad(RequestFacts request) {
    return holdings.canFetch() ? Problems.notHeld(request.sender().way()) : Problems.outOfReach();
  }

  private CacheStatus cacheStatus(Edition edition, List<ByteRange> ranges) {
    if (ranges.stream().allMatch(range -> holdings.holds(edition, range))) {
      return CacheStatus.HIT;
    }
    long first = ranges.get(0).first();
    return holdings.holds(edition, new ByteRange(first, first))
        ? CacheStatus.PARTIAL
        : CacheStatus.MISS;
  }

  private Map<String, String> fields(
      RequestFacts request, String mediaType, EntityTag tag, Optional<Instant> lastModified) {
    Map<String, String> fields = new LinkedHashMap<>(cors.fields(request.fields()));
    fields.put("ETag", tag.toString());
    lastModified.ifPresent(date -> fields.put("Last-Modified", HttpDate.format(date)));
    fields.put(
        "Cache-Control",
        MediaTypes.isPageOrPlaylist(mediaType) ? "no-cache" : "public, max-age=60, no-transform");
    fields.put("X-Content-Type-Options", "nosniff");
    if (MediaTypes.isPictureOrDataWithScripts(mediaType)) {
      fields.put("Content-Security-Policy", "script-src 'none'");
    }
    return fields;
  }

  /**
   * Makes answers that leave outside the plan like those that leave by it: readable from other
   * origins, without a body for HEAD. What it takes from the request is taken now.
   */
  public UnaryOperator<Respond> finisher(RequestFacts request) {
    Map<String, String> more = new LinkedHashMap<>(cors.fields(request.fields()));
    if (request.hasBody()) {
      more.put("Connection", "close"); // the body is not read
    }
    boolean head = request.method().equals("HEAD");
    return answer -> {
      Map<String, String> fields = new LinkedHashMap<>(answer.fields());
      fields.putAll(more);
      return new Respond(answer.status(), fields, head ? "" : answer.text());
    };
  }

  private Respond finished(RequestFacts request, Respond answer) {
    return finisher(request).apply(answer);
  }
}
