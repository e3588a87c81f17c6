package org.p2pd.spp.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import org.p2pd.catalogue.CatalogueFeed;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answering half of a node: lets requests in, hands them to their resource, signs the answers.
 * Thread-safe. Closing ends all waiting.
 */
public final class SppNode implements SppService, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SppNode.class);
  private static final String EDITIONS = "/editions/";
  private static final String HOLDINGS = "/holdings";
  private static final String LEASES = "/leases/";

  private final NodeParts parts;
  private final SessionTable sessions;
  private final Gate gate;
  private final Load load = new Load();
  private final LargeAnswers largeAnswers = new LargeAnswers();
  private final SessionResource session;
  private final SecretResource secret;
  private final EditionResource editions;

  /** None on a node that does not lease. */
  private final Optional<LeasesResource> leases;

  private final CatalogueResource catalogue;
  private final ReportsResource reports;
  private final MembersResource members;
  private final Optional<HoldingsResource> holdings;
  private volatile boolean closing;

  private SppNode(NodeParts parts) {
    this.parts = parts;
    this.sessions = new SessionTable(parts.world().ticker());
    this.gate = new Gate(sessions);
    Notices notices = new Notices(parts.world().ticker());
    this.session = new SessionResource(parts, sessions, notices);
    this.secret = new SecretResource(parts, notices);
    this.editions = new EditionResource(parts, load);
    this.leases = parts.supply().arbiter().map(arbiter -> new LeasesResource(parts, arbiter));
    Semaphore waiting = new Semaphore(SppLimits.MAX_WAITING_FOR_NEWS);
    this.catalogue = new CatalogueResource(parts, waiting);
    this.reports = new ReportsResource(parts);
    this.members = new MembersResource(parts);
    this.holdings = parts.supply().holdings().map(own -> new HoldingsResource(parts, own, waiting));
  }

  public static SppNode of(NodeParts parts) {
    return new SppNode(parts);
  }

  /**
   * What this node sent to others.
   *
   * @param sessions confirmed ones
   * @param spans answered with bytes since start
   * @param sentBytes of video handed to the transport since start
   */
  public record Stats(int sessions, long spans, long sentBytes) {}

  public Stats stats() {
    return new Stats(sessions.confirmedCount(), load.spans(), load.sentBytes());
  }

  @Override
  public CompletionStage<Answer> answer(Request request) {
    try {
      return dispatch(request)
          .exceptionally(
              failure -> {
                LOG.error("answering {} {}", request.method(), request.path(), failure);
                return Answers.error(SppError.BUSY);
              });
    } catch (MalformedException e) {
      return now(Answers.error(SppError.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
  }

  private CompletionStage<Answer> dispatch(Request request) throws MalformedException {
    if (Gate.isIndirect(request)) {
      return now(Answers.error(SppError.THROUGH_A_PROXY));
    }
    if (closing) {
      return now(Answers.error(SppError.CLOSING));
    }
    if (request.body().length > SppService.maxBodyBytes(request.path())) {
      return now(Answers.error(SppError.TOO_LARGE));
    }
    return switch (request.path()) {
      case "/session", "/secret", "/introduction" -> withoutSession(request);
      default -> withinSession(request);
    };
  }

  private CompletionStage<Answer> withoutSession(Request request) throws MalformedException {
    if (!request.method().equals("POST")) {
      return now(Answers.badMethod("POST"));
    }
    requireJson(request);
    return switch (request.path()) {
      case "/session" -> now(session.open(request));
      case "/secret" -> secret.handOver(request);
      default -> now(secret.introduce(request));
    };
  }

  private static void requireJson(Request request) throws MalformedException {
    String type = request.header(SppHeaders.CONTENT_TYPE).orElse("");
    int parameters = type.indexOf(';');
    String essence = parameters < 0 ? type : type.substring(0, parameters);
    if (!essence.strip().equalsIgnoreCase(SppHeaders.JSON)) {
      throw new MalformedException("a body is " + SppHeaders.JSON);
    }
  }

  private CompletionStage<Answer> withinSession(Request request) {
    boolean confirming = request.path().equals("/session/confirm");
    Gate.Entry entry = gate.admit(request, confirming);
    if (entry instanceof Gate.Entry.Refused refused) {
      return now(Answers.error(refused.error(), refused.detail()));
    }
    Gate.Entry.Admitted admitted = (Gate.Entry.Admitted) entry;
    ServerSession by = admitted.session();
    if (!by.requestBegins()) {
      Answer refusal = Answers.error(SppError.TOO_MANY);
      boolean isHead = request.method().equals("HEAD");
      return now(signed(admitted, isHead ? Answers.withoutBody(refusal) : refusal));
    }
    return resource(request, admitted)
        .handle(
            (given, failure) -> {
              Answer complete = given;
              if (failure != null) {
                LOG.error("answering {} {}", request.method(), request.path(), failure);
                complete = Answers.error(SppError.BUSY);
              }
              Answer whole =
                  request.method().equals("HEAD") ? Answers.withoutBody(complete) : complete;
              return signed(admitted, counted(whole, by));
            });
  }

  /** Ends the request, or lets it stay open for as long as its answer takes. */
  private Answer counted(Answer answer, ServerSession by) {
    if (answer instanceof Answer.Control control) {
      return largeAnswers.admit(control, by);
    }
    if (!(answer instanceof Answer.Stream)) { // that one is open until it is closed
      by.requestEnded();
    }
    return answer;
  }

  private static Answer signed(Gate.Entry.Admitted admitted, Answer answer) {
    return Answers.sign(answer, admitted.session(), admitted.counter());
  }

  private CompletionStage<Answer> resource(Request request, Gate.Entry.Admitted admitted) {
    try {
      return resourceOf(request, admitted);
    } catch (MalformedException e) {
      return now(Answers.error(SppError.BAD_REQUEST, String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e); // answered like one that fails later
    }
  }

  private CompletionStage<Answer> resourceOf(Request request, Gate.Entry.Admitted admitted)
      throws MalformedException {
    String path = request.path();
    String method = request.method();
    if (path.startsWith(EDITIONS)) {
      return method.equals("GET") || method.equals("HEAD")
          ? editions.answer(
              path.substring(EDITIONS.length()),
              method.equals("HEAD"),
              admitted.session(),
              admitted.headers())
          : now(Answers.badMethod("GET, HEAD"));
    }
    if (path.equals(HOLDINGS) && holdings.isEmpty()) {
      return now(Answers.error(SppError.UNKNOWN_RESOURCE));
    }
    if (path.startsWith(LEASES) && leases.isPresent()) {
      if (!method.equals("POST")) {
        return now(Answers.badMethod("POST"));
      }
      requireJson(request);
      String edition = path.substring(LEASES.length());
      return now(leases.get().answer(edition, request.body(), admitted.session().peer().id()));
    }
    Optional<String> allowed = Optional.ofNullable(METHODS.get(path));
    if (allowed.isPresent() && !allowed.get().equals(method)) {
      return now(Answers.badMethod(allowed.get()));
    }
    if (method.equals("POST") && allowed.isPresent()) {
      requireJson(request);
    }
    return switch (path) {
      case "/session/confirm" -> now(session.confirm(request, admitted.session()));
      case "/catalogue" -> catalogue.answer(request.query(), admitted.headers());
      case "/node" -> now(Answers.json(facts().toJson()));
      case "/members" -> now(members.answer(request));
      case HOLDINGS -> holdings.get().answer(request.body(), admitted.session());
      case "/reports" -> now(reports.answer(request.body(), admitted.session().peer().id()));
      default -> now(Answers.error(SppError.UNKNOWN_RESOURCE));
    };
  }

  private static final Map<String, String> METHODS =
      Map.of(
          "/session/confirm",
          "POST",
          "/catalogue",
          "GET",
          "/node",
          "GET",
          "/members",
          "GET",
          HOLDINGS,
          "POST",
          "/reports",
          "POST");

  private NodeFacts facts() {
    NodeParts.Self self = parts.self();
    Optional<PublicKey> authority = parts.supply().feed().flatMap(CatalogueFeed::authority);
    return new NodeFacts(
        self.key().id(),
        self.role(),
        List.of(SessionMessages.VERSION),
        self.software(),
        self.share(),
        authority,
        parts.supply().feed().map(feed -> cursorOf(feed)).orElse("0"),
        load.spansUnderWay(),
        load.sentBytes());
  }

  private static String cursorOf(CatalogueFeed feed) {
    return org.p2pd.catalogue.Cursor.after(feed.end()).toString();
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }

  /** Tells no more of what is held, and ends all waiting for it; blocks are still given. */
  public void drain() {
    holdings.ifPresent(HoldingsResource::close);
  }

  /** Whoever asks from here on is told that this node is about to stop; waiting ends. */
  public void refuseAll() {
    closing = true;
    catalogue.close();
    drain();
  }

  @Override
  public void close() {
    refuseAll();
    sessions.clear();
  }
}
