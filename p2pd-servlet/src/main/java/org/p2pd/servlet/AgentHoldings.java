package org.p2pd.servlet;

import java.util.Optional;
import org.p2pd.content.Content;
import org.p2pd.content.FilePart;
import org.p2pd.content.Reader;
import org.p2pd.http.Holdings;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/** A node's content, as the plans for viewers ask about it. */
record AgentHoldings(Content content) implements Holdings {

  @Override
  public boolean canFetch() {
    return content.canFetch();
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return content.holds(edition, range);
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range) {
    return content.filePart(edition, range, Reader.VIEWER);
  }
}
