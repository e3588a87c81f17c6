package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;

/**
 * Who has been promised what part of the limit. {@code used + reserved + unlinked <= limit} once
 * the limit is known, but for what was found on disk at start and is being evicted. Thread-safe; no
 * I/O.
 */
final class Ledger {

  /** A consistent look. */
  record Balance(long limit, long used, long reserved, long unlinked) {}

  @GuardedBy("this")
  private long limit;

  @GuardedBy("this")
  private long used;

  @GuardedBy("this")
  private long reserved;

  @GuardedBy("this")
  private long unlinked;

  /** Nothing can be reserved before the limit is set. */
  synchronized void setLimit(long bytes) {
    limit = bytes;
  }

  /** Promises bytes that will be written; false if the limit forbids it. */
  synchronized boolean reserve(long bytes) {
    if (used + reserved + unlinked + bytes > limit) {
      return false;
    }
    reserved += bytes;
    return true;
  }

  /** How many bytes must be freed until that much could be reserved; 0 if none. */
  synchronized long missing(long bytes) {
    return Math.max(0, used + reserved + unlinked + bytes - limit);
  }

  /** Promised bytes are on disk now, or may be. */
  synchronized void use(long bytes) {
    reserved -= bytes;
    used += bytes;
  }

  /** Promised bytes will not be written. */
  synchronized void giveBack(long bytes) {
    reserved -= bytes;
  }

  /** Bytes that were found on disk, whatever the limit. */
  synchronized void found(long bytes) {
    used += bytes;
  }

  /** Bytes that are no longer on disk. */
  synchronized void free(long bytes) {
    used -= bytes;
  }

  /** Bytes of a file that was deleted while someone has it open. */
  synchronized void unlink(long bytes) {
    used -= bytes;
    unlinked += bytes;
  }

  /** Nobody has it open any more. */
  synchronized void gone(long bytes) {
    unlinked -= bytes;
  }

  synchronized Balance balance() {
    return new Balance(limit, used, reserved, unlinked);
  }
}
