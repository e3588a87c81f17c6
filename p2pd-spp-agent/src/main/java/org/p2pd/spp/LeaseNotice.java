package org.p2pd.spp;

import java.util.List;
import org.p2pd.model.ByteRange;

/**
 * What became of blocks that a parent leased to a child (docs/spp.md section 4.1).
 *
 * @param held positions of bytes that the child holds and will serve; ascending, not overlapping
 * @param gone positions of those that it does not have, or no longer, also if they are among the
 *     held; ascending, not overlapping
 */
public record LeaseNotice(List<ByteRange> held, List<ByteRange> gone) {

  public LeaseNotice {
    held = List.copyOf(held);
    gone = List.copyOf(gone);
    if (held.size() + gone.size() > SppLimits.MAX_LEASE_PAIRS) {
      throw new IllegalArgumentException((held.size() + gone.size()) + " pairs in one notice");
    }
  }

  public static LeaseNotice parse(JsonBody body) throws MalformedException {
    List<ByteRange> held = body.ranges("held", SppLimits.MAX_LEASE_PAIRS);
    return new LeaseNotice(held, body.ranges("gone", SppLimits.MAX_LEASE_PAIRS - held.size()));
  }

  public JsonBody toJson() {
    return JsonBody.empty().withRanges("held", held).withRanges("gone", gone);
  }
}
