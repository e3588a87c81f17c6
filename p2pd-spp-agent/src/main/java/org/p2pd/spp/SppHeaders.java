package org.p2pd.spp;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;

/** The names and forms of SPP's headers (docs/spp.md sections 3, 4, 5). Names are lower-case. */
public final class SppHeaders {

  public static final String SESSION = "spp-session";
  public static final String COUNTER = "spp-counter";
  public static final String MAC = "spp-mac";

  public static final String BLOCK = "spp-block";
  public static final String URGENCY = "spp-urgency";
  public static final String RELATION = "spp-relation";
  public static final String EXCLUDE = "spp-exclude";
  public static final String RATE = "spp-rate";
  public static final String PATH = "spp-path";

  public static final String PROOF = "spp-proof";
  public static final String LEAVES = "spp-leaves";
  public static final String LEASE = "spp-lease";
  public static final String REFERRED_TO = "spp-referred-to";

  public static final String NEXT = "spp-next";
  public static final String NEWEST = "spp-newest";
  public static final String AUTHORITY = "spp-authority";

  public static final String RANGE = "range";
  public static final String CONTENT_RANGE = "content-range";
  public static final String CONTENT_TYPE = "content-type";
  public static final String ETAG = "etag";
  public static final String LOCATION = "location";
  public static final String RETRY_AFTER = "retry-after";
  public static final String ALLOW = "allow";
  public static final String CACHE_CONTROL = "cache-control";

  public static final String JSON = "application/json";
  public static final String CATALOGUE = "application/p2pd-catalogue";
  public static final String HOLDINGS = "application/p2pd-holdings";

  private static final int ID_CHARS = 43;

  private SppHeaders() {}

  /** Hashes (32 bytes each), or other bytes, as they travel in a header: unpadded base64url. */
  public static String bytes(byte[] hashes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hashes);
  }

  /** Reads hashes from a header, bounded before they are decoded. */
  public static byte[] parseHashes(String text, int maxBytes) throws MalformedException {
    int length = text.length() / 4 * 3 + Math.max(0, text.length() % 4 - 1);
    if (length > maxBytes || length % Hash.BYTES != 0) {
      throw new MalformedException(text.length() + " characters of hashes");
    }
    return Octets.parse(text, length).toBytes();
  }

  public static String ids(List<NodeId> ids) {
    return ids.stream().map(NodeId::toString).collect(Collectors.joining(", "));
  }

  /** Reads one to sixteen node ids, separated by commas and optional blanks. */
  public static List<NodeId> parseIds(String text) throws MalformedException {
    if (text.length() > SppLimits.MAX_IDS * (ID_CHARS + 3)) {
      throw new MalformedException("more than " + SppLimits.MAX_IDS + " node ids");
    }
    List<NodeId> ids = new ArrayList<>();
    for (String id : text.split(",", -1)) {
      ids.add(
          NodeId.parse(id.strip())
              .orElseThrow(() -> new MalformedException("not a node id: " + id.strip())));
    }
    if (ids.size() > SppLimits.MAX_IDS) {
      throw new MalformedException("more than " + SppLimits.MAX_IDS + " node ids");
    }
    return List.copyOf(ids);
  }

  /** Reads a number within bounds, without sign and without leading zeros. */
  public static long parseNumber(String text, long min, long max) throws MalformedException {
    long value = parseNumber(text, max);
    if (value < min) {
      throw new MalformedException(text + " is less than " + min);
    }
    return value;
  }

  /** Reads a number without sign and without leading zeros. */
  public static long parseNumber(String text, long max) throws MalformedException {
    if (text.isEmpty() || text.length() > 16 || (text.length() > 1 && text.charAt(0) == '0')) {
      throw new MalformedException("not a number: " + text);
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        throw new MalformedException("not a number: " + text);
      }
      value = value * 10 + (digit - '0');
    }
    if (value > max) {
      throw new MalformedException(text + " exceeds " + max);
    }
    return value;
  }
}
