package org.p2pd.spp.server;

import org.p2pd.model.Span;

/**
 * An answer with what an arbiter let a child have: the arbiter hears of each block that the child
 * takes, and of those that it does not get when the answer breaks off.
 */
final class GrantedAnswer implements Progress {

  private final Grant grant;
  private final Span span;
  private final long lengthBytes;
  private int blocksTaken;

  GrantedAnswer(Grant grant, Span span) {
    this.grant = grant;
    this.span = span;
    this.lengthBytes = span.bytes(grant.edition().lengthBytes()).lengthBytes();
  }

  @Override
  public void taken(long bytes) {
    int blocks = wholeBlocks(bytes);
    if (blocks > blocksTaken) {
      blocksTaken = blocks;
      grant.moves(span);
    }
  }

  @Override
  public void ended(long bytes) {
    taken(bytes);
    grant.sendsNothingFrom(wholeBlocks(bytes), span);
  }

  /** The last block of an edition may be short. */
  private int wholeBlocks(long bytes) {
    return bytes >= lengthBytes ? span.blockCount() : (int) (bytes / span.blockSize().bytes());
  }
}
