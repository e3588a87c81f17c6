package org.p2pd.spp;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.NodeId;

/**
 * What a node says of itself (docs/spp.md section 6).
 *
 * @param share whether other nodes may have it as their parent
 * @param authority the key that signs its catalogue, if it has one
 * @param catalogue its catalogue's cursor; "0" without a catalogue
 * @param spansUnderWay spans that it sends at this moment
 * @param sentBytes of video, since it started
 */
public record NodeFacts(
    NodeId id,
    Role role,
    List<Integer> versions,
    String software,
    boolean share,
    Optional<PublicKey> authority,
    String catalogue,
    long spansUnderWay,
    long sentBytes) {

  /** What a node is. */
  public enum Role {
    SERVER,
    CACHE;

    String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Role parse(String text) throws MalformedException {
      return switch (text) {
        case "server" -> SERVER;
        case "cache" -> CACHE;
        default -> throw new MalformedException("a node is a server or a cache");
      };
    }
  }

  public NodeFacts {
    versions = List.copyOf(versions);
  }

  public static NodeFacts parse(JsonBody body) throws MalformedException {
    SessionMessages.requireVersion(body);
    String role = body.text("role", 20);
    JsonBody load = body.object("load");
    Optional<String> authority = body.optionalText("authority", 2 * PublicKey.BYTES);
    return new NodeFacts(
        new NodeId(body.hash("id")),
        role.equals(Role.SERVER.wireName()) ? Role.SERVER : Role.CACHE,
        body.numbers("versions"),
        body.text("software", 80),
        body.flag("share"),
        authority.isEmpty() ? Optional.empty() : Optional.of(body.key("authority")),
        body.text("catalogue", SppLimits.MAX_CURSOR_CHARS),
        load.number("spansUnderWay", 0, Long.MAX_VALUE),
        load.number("sentBytes", 0, Long.MAX_VALUE));
  }

  public JsonBody toJson() {
    JsonBody body =
        JsonBody.empty()
            .with("version", SessionMessages.VERSION)
            .with("id", id.toString())
            .with("role", role.wireName())
            .with("versions", versions)
            .with("software", software)
            .with("share", share)
            .with("catalogue", catalogue)
            .with(
                "load",
                JsonBody.empty().with("spansUnderWay", spansUnderWay).with("sentBytes", sentBytes));
    return authority.isPresent()
        ? body.with("authority", authority.get())
        : body.withNull("authority");
  }
}
