package org.p2pd.spp;

import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;

/** What a node tells the one it gets its bytes from (docs/spp.md section 7). */
public sealed interface Report {

  /**
   * Bytes that the asked node sent did not verify.
   *
   * @param range within one region
   */
  record Mismatch(EditionId edition, ByteRange range) implements Report {
    public Mismatch {
      if (range.first() / BlockSize.REGION_BYTES != range.last() / BlockSize.REGION_BYTES) {
        throw new IllegalArgumentException("range " + range + " lies in several regions");
      }
    }
  }

  /** A viewer asked for a title that is not ready. */
  record Wanted(Title title) implements Report {}

  static Report parse(JsonBody body) throws MalformedException {
    String kind = body.text("kind", 20);
    return switch (kind) {
      case "mismatch" -> parseMismatch(body);
      case "wanted" ->
          new Wanted(
              Title.of(body.text("title", Title.MAX_BYTES))
                  .orElseThrow(() -> new MalformedException("not a title")));
      default -> throw new MalformedException("a report of kind " + kind);
    };
  }

  private static Mismatch parseMismatch(JsonBody body) throws MalformedException {
    long first = body.number("first", 0, Edition.MAX_LENGTH_BYTES - 1);
    long last = body.number("last", first, Edition.MAX_LENGTH_BYTES - 1);
    if (first / BlockSize.REGION_BYTES != last / BlockSize.REGION_BYTES) {
      throw new MalformedException("a mismatch lies within one region");
    }
    return new Mismatch(new EditionId(body.hash("edition")), new ByteRange(first, last));
  }

  default JsonBody toJson() {
    JsonBody body = JsonBody.empty();
    if (this instanceof Mismatch mismatch) {
      return body.with("kind", "mismatch")
          .with("edition", mismatch.edition().toString())
          .with("first", mismatch.range().first())
          .with("last", mismatch.range().last());
    }
    return body.with("kind", "wanted").with("title", ((Wanted) this).title().path());
  }
}
