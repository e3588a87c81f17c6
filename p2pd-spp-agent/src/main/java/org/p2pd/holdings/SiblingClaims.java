package org.p2pd.holdings;

import com.google.common.base.Ticker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;

/** All that one sibling claims. Guarded by the lock of the {@link KnownHoldings}. */
final class SiblingClaims {

  private final EditionRows rows;
  final StaleClaims stale;
  private Column digest = new Column();

  /** While a digest comes anew, maybe in several parts. */
  private @Nullable Column coming;

  /** Of the editions that it is asked about. */
  private final Map<EditionId, KnownBlocks> blocks = new HashMap<>();

  SiblingClaims(EditionRows rows, Ticker ticker) {
    this.rows = rows;
    this.stale = new StaleClaims(ticker);
  }

  // ---- what it claims -------------------------------------------------------------------------

  int eighths(EditionId edition) {
    int row = rows.find(edition.hash().firstLong());
    return row < 0 ? 0 : digest.get(row);
  }

  /** Whether it holds a part of an edition, and only blocks can tell which. */
  boolean isPartial(EditionId edition) {
    int eighths = eighths(edition);
    return isPartial(eighths) || (eighths == Eighths.WHOLE && stale.contains(edition));
  }

  static boolean isPartial(int eighths) {
    return eighths > 0 && eighths < Eighths.WHOLE;
  }

  /** The end (exclusive) of what it claims from a position on; the position if nothing. */
  long until(Edition edition, long position) {
    long length = edition.lengthBytes();
    if (position >= length) {
      return position;
    }
    KnownBlocks known = blocks.get(edition.id());
    if (known != null) {
      return stale.until(edition.id(), position, known.until(position, length));
    }
    return eighths(edition.id()) == Eighths.WHOLE
        ? stale.until(edition.id(), position, length)
        : position;
  }

  /** Whether it holds a part, which is not known, and has not lacked that byte lately. */
  boolean mayHold(Edition edition, long position) {
    return position < edition.lengthBytes()
        && isPartial(eighths(edition.id()))
        && !blocks.containsKey(edition.id())
        && stale.until(edition.id(), position, position + 1) > position;
  }

  // ---- its digest -----------------------------------------------------------------------------

  /** A digest comes anew: until all of it has come, the old one stays. */
  void beginAnew() {
    coming = new Column();
  }

  boolean isComing() {
    return coming != null;
  }

  /**
   * Takes one record.
   *
   * @return whether the sibling has become, or ceased to be, one that holds a part
   */
  boolean take(long key, int eighths) {
    if (coming != null) {
      coming.set(rows, key, eighths);
      return false;
    }
    stale.forget(key);
    return isPartial(digest.set(rows, key, eighths)) != isPartial(eighths);
  }

  /** All of the new digest has come; gives the old one to be let go of. */
  Column endAnew() {
    Column old = digest;
    if (coming != null) {
      digest = coming;
      coming = null;
    }
    stale.clear();
    return old;
  }

  /** Takes out an unfinished new digest, to be let go of. */
  @Nullable Column dropComing() {
    Column unfinished = coming;
    coming = null;
    return unfinished;
  }

  /** Nothing is claimed any more; gives the digest to be let go of. */
  Column clear() {
    blocks.clear();
    stale.clear();
    Column old = digest;
    digest = new Column();
    return old;
  }

  // ---- its blocks -----------------------------------------------------------------------------

  /**
   * Takes news of one edition's blocks.
   *
   * @return false if it continues something that is not known here: it has to be told anew
   */
  boolean take(Edition edition, BlockSize size, BlockNews news) {
    KnownBlocks known = blocks.get(edition.id());
    if (news.anew()) {
      known = new KnownBlocks(size);
      blocks.put(edition.id(), known);
    }
    if (known == null || !known.size().equals(size)) {
      return false;
    }
    known.take(news);
    stale.forget(edition.id());
    return true;
  }

  void dropBlocks(EditionId edition) {
    blocks.remove(edition);
  }

  /** It is asked about these only: what is known of others' blocks would grow old. */
  void keepOnly(List<Edition> asked) {
    blocks.keySet().retainAll(asked.stream().map(Edition::id).toList());
  }
}
