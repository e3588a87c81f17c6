package org.p2pd.fetch;

import org.p2pd.content.Urgency;

/**
 * A part of the memory for blocks ({@code -M}), most entitled first.
 *
 * <p>{@link #READING} stands alone. The others are nested: what a share may use is counted together
 * with all that stand below it, so that a lower one can never take what a higher one is due: 6/16
 * of the memory is only ever used by play heads.
 */
enum Share {
  /** Held bytes on their way from a file to a viewer. */
  READING(0, 2),
  PLAY_HEAD(1, 14),
  READ_AHEAD(2, 8),
  RELAY(3, 6),
  WARMING(4, 4),
  /** Blocks that are on disk already and stay readable until the memory is wanted. */
  KEPT(5, 2);

  private final int rank;
  private final int sixteenths;

  Share(int rank, int sixteenths) {
    this.rank = rank;
    this.sixteenths = sixteenths;
  }

  /** From 0, the most entitled, without a gap. */
  int rank() {
    return rank;
  }

  /** The most that this share and, {@code READING} apart, those below it may use together. */
  long limitBytes(long memoryBytes) {
    return memoryBytes / 16 * sixteenths;
  }

  static Share of(Urgency urgency) {
    return switch (urgency) {
      case PLAY_HEAD -> PLAY_HEAD;
      case READ_AHEAD -> READ_AHEAD;
      case RELAY -> RELAY;
      case WARMING -> WARMING;
    };
  }
}
