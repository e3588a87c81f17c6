package org.p2pd.spp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.p2pd.model.BlockSize;
import org.p2pd.model.EditionId;

/**
 * A question for what another node holds (docs/spp.md section 6.2).
 *
 * @param waits how long the asked node may wait for news, in whole seconds
 * @param digestAfter the cursor for its digest, if that is asked for
 * @param editions of which the blocks are asked for, each once
 */
public record HoldingsQuestion(
    Duration waits, Optional<String> digestAfter, List<OfEdition> editions) {

  private static final Pattern CURSOR =
      Pattern.compile("[0-9A-Za-z._-]{1," + SppLimits.MAX_CURSOR_CHARS + "}");

  /**
   * One edition.
   *
   * @param size in which its blocks are counted
   * @param after the cursor for them
   */
  public record OfEdition(EditionId edition, BlockSize size, String after) {

    private static OfEdition parse(JsonBody body) throws MalformedException {
      return new OfEdition(
          new EditionId(body.hash("edition")),
          blockSize(body.number("block", BlockSize.LEAF_BYTES, BlockSize.REGION_BYTES)),
          cursor(body.text("after", SppLimits.MAX_CURSOR_CHARS)));
    }

    private static BlockSize blockSize(long bytes) throws MalformedException {
      if (Long.bitCount(bytes) != 1) {
        throw new MalformedException("block is no power of two");
      }
      return new BlockSize((int) bytes);
    }

    private JsonBody toJson() {
      return JsonBody.empty()
          .with("edition", edition.toString())
          .with("block", size.bytes())
          .with("after", after);
    }
  }

  public HoldingsQuestion {
    editions = List.copyOf(editions);
    if (editions.size() > SppLimits.MAX_HOLDINGS_EDITIONS) {
      throw new IllegalArgumentException("about " + editions.size() + " editions");
    }
  }

  public static HoldingsQuestion parse(JsonBody body) throws MalformedException {
    Duration waits = Duration.ofSeconds(body.number("wait", 0, SppLimits.MAX_WAIT.toSeconds()));
    Optional<String> digest = body.optionalText("digest", SppLimits.MAX_CURSOR_CHARS);
    if (digest.isPresent()) {
      cursor(digest.get());
    }
    List<OfEdition> editions = new ArrayList<>();
    Set<EditionId> seen = new HashSet<>();
    for (JsonBody one : body.optionalObjects("editions", SppLimits.MAX_HOLDINGS_EDITIONS)) {
      OfEdition edition = OfEdition.parse(one);
      if (!seen.add(edition.edition())) {
        throw new MalformedException("edition " + edition.edition() + " is asked for twice");
      }
      editions.add(edition);
    }
    if (digest.isEmpty() && editions.isEmpty()) {
      throw new MalformedException("neither digest nor editions are asked for");
    }
    return new HoldingsQuestion(waits, digest, editions);
  }

  public JsonBody toJson() {
    JsonBody body = JsonBody.empty().with("wait", waits.toSeconds());
    digestAfter.ifPresent(cursor -> body.with("digest", cursor));
    return editions.isEmpty()
        ? body
        : body.withObjects("editions", editions.stream().map(OfEdition::toJson).toList());
  }

  /** A cursor as it may look, whoever made it. */
  static String cursor(String text) throws MalformedException {
    if (!CURSOR.matcher(text).matches()) {
      throw new MalformedException("not a cursor");
    }
    return text;
  }
}
