package org.p2pd.catalogue;

import org.p2pd.model.Hash;

/**
 * What a batch says of its place in the history.
 *
 * @param page from 0; 0 in a journal batch
 * @param pages how many the checkpoint has; 1 in a journal batch
 * @param epoch at least 1
 * @param first number of the first entry of a journal batch; 0 in a checkpoint
 * @param last number of the last entry; the one up to which a checkpoint speaks
 * @param previous id of the journal batch before (see docs/spp-catalogue.md section 1)
 */
record BatchPlace(
    Kind kind, int page, int pages, long epoch, long first, long last, Hash previous) {

  enum Kind {
    JOURNAL,
    CHECKPOINT;

    /** The number of this kind in a header: 1 or 2. */
    int code() {
      return this == JOURNAL ? 1 : 2;
    }
  }

  static final int MAX_PAGES = 65_536;

  /** What the first journal batch of an epoch has as its previous. */
  static final Hash NO_PREVIOUS = Hash.of(new byte[Hash.BYTES]);

  BatchPlace {
    boolean right =
        kind == Kind.JOURNAL
            ? page == 0 && pages == 1 && first >= 1 && last >= first
            : page >= 0 && page < pages && pages <= MAX_PAGES && first == 0 && last >= 1;
    if (!right || epoch < 1) {
      throw new IllegalArgumentException(
          kind + " " + epoch + ":" + first + "-" + last + " page " + page + " of " + pages);
    }
  }

  static BatchPlace journal(long epoch, long first, long last, Hash previous) {
    return new BatchPlace(Kind.JOURNAL, 0, 1, epoch, first, last, previous);
  }

  static BatchPlace checkpoint(int page, int pages, Position upTo, Hash previous) {
    return new BatchPlace(Kind.CHECKPOINT, page, pages, upTo.epoch(), 0, upTo.number(), previous);
  }

  boolean isJournal() {
    return kind == Kind.JOURNAL;
  }

  /** The position of someone who has this batch, or all pages of this checkpoint. */
  Position end() {
    return new Position(epoch, last);
  }

  /** Whether both are pages of one checkpoint. */
  boolean sameCheckpoint(BatchPlace other) {
    return !isJournal()
        && !other.isJournal()
        && pages == other.pages
        && end().equals(other.end())
        && previous.equals(other.previous);
  }
}
