package org.p2pd.catalogue;

import java.util.Arrays;
import org.p2pd.catalogue.Receipt.Reason;
import org.p2pd.identity.PublicKey;

/**
 * Decides which of the bytes that others send are batches to be believed (docs/spp-catalogue.md
 * section 3). Changes nothing but the pin's view of what the parent shows.
 */
final class Admission {

  /** A batch is refused. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;
    private final Reason reason;

    RefusedException(Reason reason, String detail) {
      super(detail, null, false, false);
      this.reason = reason;
    }

    Receipt.Refused receipt() {
      return new Receipt.Refused(reason, String.valueOf(getMessage()));
    }
  }

  /** A batch with a right signature of a key that may be believed, as things stood. */
  record Admitted(Batch batch, PublicKey signer) {}

  private final Pin pin;

  Admission(Pin pin) {
    this.pin = pin;
  }

  /**
   * Whether a key takes the place of a provisional one. Asked once more under the replica's lock:
   * meanwhile another parent's batch may have been believed.
   */
  boolean judge(PublicKey signer, Shower shower) throws RefusedException {
    Pin.Verdict verdict = pin.judge(signer, shower);
    if (verdict == Pin.Verdict.REFUSE) {
      throw new RefusedException(Reason.OTHER_AUTHORITY, "signed by " + signer);
    }
    return verdict == Pin.Verdict.REPLACE;
  }

  /** Judges the batch that begins at {@code offset}. */
  Admitted admit(byte[] batches, int offset, Shower shower) throws RefusedException {
    try {
      BatchHeader header = BatchHeader.parse(batches, offset);
      if (header.batchBytes() > batches.length - offset) {
        throw new CatalogueFormatException("a batch cut short");
      }
      PublicKey signer = header.authority();
      judge(signer, shower);
      if (!header.isSignedBy(signer)) {
        throw new RefusedException(Reason.BAD_SIGNATURE, header.end() + " of " + signer);
      }
      byte[] bytes = Arrays.copyOfRange(batches, offset, offset + header.batchBytes());
      return new Admitted(Batch.parse(header, bytes), signer);
    } catch (CatalogueFormatException e) {
      throw new RefusedException(Reason.MALFORMED, e.getMessage() + ", from byte " + offset);
    }
  }
}
