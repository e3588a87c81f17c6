package org.p2pd.upstream;

import java.util.Optional;
import org.p2pd.catalogue.Cursor;
import org.p2pd.catalogue.Receipt;
import org.p2pd.catalogue.Replica;
import org.p2pd.catalogue.Shower;
import org.p2pd.identity.PublicKey;

/** The catalogue as a link to who tells it needs it: what is known, and a place for what is new. */
public interface News {

  /** What to ask with next. */
  Cursor cursor();

  /** The newest batch header that is known. */
  Optional<byte[]> newestHeader();

  /**
   * Takes an answer; verifies and writes to disk.
   *
   * @param authority the key that the other node names as its authority's
   */
  Receipt take(Optional<PublicKey> authority, byte[] batches, Shower shower);

  static News of(Replica replica) {
    return new News() {
      @Override
      public Cursor cursor() {
        return replica.cursor();
      }

      @Override
      public Optional<byte[]> newestHeader() {
        return replica.newestHeader();
      }

      @Override
      public Receipt take(Optional<PublicKey> authority, byte[] batches, Shower shower) {
        authority.ifPresent(key -> replica.shown(key, shower));
        return replica.receive(batches, shower);
      }
    };
  }
}
