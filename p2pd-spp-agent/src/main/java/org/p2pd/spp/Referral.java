package org.p2pd.spp;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;

/**
 * Where a parent sends a child that asks for blocks (docs/spp.md section 4.1).
 *
 * @param to the member that has them, or is receiving them
 * @param at where it answers
 */
public record Referral(NodeId to, NodeAddress at) {

  private static final Pattern LOCATION =
      Pattern.compile(
          "http://(?:(?<name>[A-Za-z0-9._-]{1,64})|\\[(?<v6>[0-9A-Fa-f:.]{2,64})])"
              + ":(?<port>[1-9][0-9]{0,4})(?<path>[A-Za-z0-9._~/-]{0,200})"
              + Pattern.quote(NodeAddress.SPP)
              + "/editions/(?<edition>[A-Za-z0-9_-]{43})");

  /** The longest text that can be a location, in characters. */
  private static final int MAX_CHARS = 400;

  /** Whether an address can be told to others: not one with an IPv6 zone, or a very long name. */
  public static boolean canName(NodeAddress address) {
    return LOCATION.matcher(location(address, "A".repeat(43))).matches();
  }

  /** The edition's resource at that member, as {@code Location} says it. */
  public String location(EditionId edition) {
    return location(at, edition.toString());
  }

  private static String location(NodeAddress at, String edition) {
    return at + NodeAddress.SPP + "/editions/" + edition;
  }

  /**
   * Reads the headers of a 307.
   *
   * @param edition what was asked for: a referral that leads elsewhere is none
   */
  public static Referral parse(String referredTo, String location, EditionId edition)
      throws MalformedException {
    NodeId to =
        NodeId.parse(referredTo)
            .orElseThrow(() -> new MalformedException("referred to no node's id"));
    Matcher form = LOCATION.matcher(location);
    if (location.length() > MAX_CHARS
        || !form.matches()
        || !form.group("edition").equals(edition.toString())
        || Integer.parseInt(form.group("port")) > 65_535
        || !NodeAddress.isContextPath(form.group("path"))) {
      throw new MalformedException("referred to what is not that edition at a node");
    }
    String host = Optional.ofNullable(form.group("name")).orElseGet(() -> form.group("v6"));
    return new Referral(
        to, new NodeAddress(host, Integer.parseInt(form.group("port")), form.group("path")));
  }
}
