package org.p2pd.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.p2pd.content.ContentFailure;
import org.p2pd.http.DeliveryPlan.Respond;

/** Every answer that is not the title: status, and words that say what to do. */
public final class Problems {

  /** After how many seconds to ask again when it may soon be better. */
  private static final String SOON = "2";

  private Problems() {}

  public static Respond malformedPath(String why) {
    return text(400, "This is not a path that a title can have: " + why + ".");
  }

  /** The body is not read, so the connection ends. */
  public static Respond unexpectedBody() {
    return with(
        text(400, "This request has a body and must have none. Send it without one."),
        "Connection",
        "close");
  }

  static Respond hostNotServed(AccessRules access, Sender.Way way) {
    return text(
        421,
        "This node serves titles under these names only: "
            + access.acceptedHosts().stream().map(HostName::name).collect(Collectors.joining(", "))
            + ". Its operator adds a name with the option -A NAME."
            + (way == Sender.Way.DIRECT
                ? ""
                : " This request came through a proxy: it must pass on the name that was asked for"
                    + " (Apache httpd: ProxyPreserveHost On)."));
  }

  static Respond viewerNotAccepted(Sender.Way way) {
    return text(
        403,
        "This node does not serve titles to your address. Its operator lets viewers in with the"
            + " option -N [SUBNET]."
            + addressUnknown(way));
  }

  static Respond methodNotAllowed() {
    return with(text(405, "Titles can be read with GET and HEAD."), "Allow", DeliveryPlanner.ALLOW);
  }

  static Respond methodUnknown() {
    return text(
        501, "This request method is not known here. Titles can be read with GET and HEAD.");
  }

  static Respond noSuchTitle() {
    return text(404, "There is no title of this name. Check the spelling, capitals included.");
  }

  static Respond notReady(OptionalInt percentHashed) {
    String progress =
        percentHashed.isPresent() ? " (" + percentHashed.getAsInt() + " % of it is hashed)" : "";
    return soon("This title is being published" + progress + ". Ask again in a moment.");
  }

  static Respond notSynced() {
    return soon(
        "This node has not had the list of titles from its parent yet. Ask again in a moment; if it"
            + " stays so, `p2pd status` and the node's log tell its operator why.");
  }

  static Respond notHeld(Sender.Way way) {
    return text(
        504,
        "This node does not hold all of what was asked for, and does not fetch for your address."
            + " Its operator allows that with the option -n [SUBNET]."
            + addressUnknown(way));
  }

  private static String addressUnknown(Sender.Way way) {
    return switch (way) {
      case DIRECT, TRUSTED_PROXY -> "";
      case UNKNOWN_PROXY ->
          " Your request came through a proxy, whose word about your address is not believed: the"
              + " operator names a proxy of his own with the option --trusted-proxy ADDRESS.";
      case SILENT_PROXY ->
          " The proxy in front of this node does not say whose request it passes on: its operator"
              + " has it send X-Forwarded-For.";
    };
  }

  /** Of a server: what it publishes is what its files are. */
  static Respond outOfReach() {
    return soon(
        "The file of this title has just changed, or is out of reach. Ask again in a moment.");
  }

  static Respond preconditionFailed() {
    return text(412, "The title is not, or no longer, the one that the request's conditions name.");
  }

  static Respond rangeNotSatisfiable(String why, long lengthBytes) {
    return with(
        text(
            416,
            "The range cannot be served: " + why + ". The title has " + lengthBytes + " bytes."),
        "Content-Range",
        "bytes */" + lengthBytes); // RFC 9110 15.5.17
  }

  /** Not one byte came in time. */
  public static Respond noByteInTime() {
    return text(504, "No other node delivered the title in time. Try again, or at another cache.");
  }

  /** A reading failed before its first byte. */
  public static Respond unreadable(ContentFailure failure) {
    return switch (failure) {
      case UNAVAILABLE ->
          text(504, "No node that holds this part of the title can be reached. Try again later.");
      case UNREADABLE -> soon("This node cannot read the title's file just now; its log says why.");
      case EDITION_GONE -> soon("The title has just changed. Ask again for its new edition.");
      case BUSY -> soon("This node is busy. Ask again in a moment, or at another cache.");
      case CLOSING, CLOSED -> soon("This node is shutting down. Ask another cache.");
    };
  }

  /** Below the directories of p2pd itself. */
  public static Respond noSuchResource() {
    return text(404, "There is no such resource on this node.");
  }

  /** What nodes and their administrators have among themselves is for nobody behind a proxy. */
  public static Respond notThroughProxy() {
    return text(
        403,
        "This is answered without a proxy only. Ask the node itself, at its own address and port.");
  }

  /** The list of titles is not for everyone. */
  public static Respond listingClosed() {
    return text(
        403,
        "The list of titles is for the node's administrators. Its operator shows it to everyone"
            + " with the option --browse, and to addresses with --admin SUBNET.");
  }

  /** What the list is asked for cannot be read. */
  public static Respond malformedQuery(String why) {
    return text(400, "The list cannot be asked like that: " + why + ".");
  }

  /** Below {@code /.play/}. */
  public static Respond noSuchPage() {
    return text(404, "There is no page here: what follows /.play must be the name of a title.");
  }

  public static Respond readOnlyResource() {
    return with(text(405, "This can be read with GET and HEAD."), "Allow", "GET, HEAD");
  }

  /** Status and metrics are not for everyone. */
  public static Respond tokenNeeded() {
    return with(
        text(
            401,
            "This is for the node's administrators. Open the link that it printed at its start, or"
                + " send its token as a bearer token; `p2pd status` finds it on the machine itself."
                + " The option --admin SUBNET lets addresses in without it."),
        "WWW-Authenticate",
        "Bearer realm=\"p2pd\"");
  }

  private static Respond soon(String sentence) {
    return with(text(503, sentence), "Retry-After", SOON);
  }

  /** A few sentences as plain text that no cache keeps. */
  public static Respond text(int status, String sentence) {
    String text = sentence + "\n";
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Content-Type", "text/plain; charset=utf-8");
    fields.put("Cache-Control", "no-store");
    fields.put("X-Content-Type-Options", "nosniff");
    fields.put("Content-Length", Integer.toString(text.getBytes(StandardCharsets.UTF_8).length));
    return new Respond(status, fields, text);
  }

  /** The same answer with one more field. */
  public static Respond with(Respond respond, String name, String value) {
    Map<String, String> fields = new LinkedHashMap<>(respond.fields());
    fields.put(name, value);
    return new Respond(respond.status(), fields, respond.text());
  }
}
