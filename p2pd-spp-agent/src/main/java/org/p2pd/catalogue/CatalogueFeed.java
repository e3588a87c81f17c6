package org.p2pd.catalogue;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.p2pd.identity.PublicKey;

/**
 * The catalogue as it is relayed to other nodes; what SPP's {@code GET catalogue} needs.
 * Thread-safe.
 *
 * <pre>
 * GET /.spp/v1/catalogue?after=CURSOR&amp;wait=SECONDS
 *   Cursor.parse(after)                   nothing: bad-request
 *   heard(b64 of SPP-Newest), if sent
 *   end() is Position.NONE                503 not-synced
 *   since(cursor, 4 MiB)                  has bytes: 200 with them, SPP-Next: next(),
 *                                         SPP-Authority: authority().toBase64Url()
 *   else changedAfter(cursor)             completes: since(…) again; after wait: cancel it, 204
 * </pre>
 */
public interface CatalogueFeed {

  /**
   * The batches that follow, as many whole ones as fit, at least one if there is one. Reads a file.
   *
   * @param maxBytes at least {@link BatchHeader#MAX_BATCH_BYTES} to be kept to
   */
  Page since(Cursor after, int maxBytes);

  /**
   * Completes when there is something after the cursor, at once if there is now, on the thread that
   * brought the news. Whoever no longer waits cancels it (or completes it), else it is kept.
   */
  CompletableFuture<Void> changedAfter(Cursor after);

  /** How far this node knows the catalogue; {@link Position#NONE} if it has nothing to relay. */
  Position end();

  /** The key that signed what is relayed; nothing as long as there is nothing. */
  Optional<PublicKey> authority();

  /**
   * Takes in the newest batch header that an asker holds, 216 bytes as received. Only an authority
   * listens: a header of its own that it cannot account for makes it begin a new epoch. Any bytes
   * may be given.
   */
  void heard(byte[] newestHeader);

  /**
   * Batches, one after the other.
   *
   * @param batches whole batches; empty if nothing is new
   * @param next where the asker stands when it has them
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Page(byte[] batches, Cursor next) {

    public boolean isEmpty() {
      return batches.length == 0;
    }
  }
}
