package org.p2pd.http;

import java.util.Optional;
import org.p2pd.content.FilePart;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/** What a plan asks about the bytes that are here. */
public interface Holdings {

  /** Whether this node has others to fetch from what it does not hold. */
  boolean canFetch();

  boolean holds(Edition edition, ByteRange range);

  /** The range as a part of one file that a viewer may be sent as it lies there. */
  Optional<FilePart> filePart(Edition edition, ByteRange range);
}
