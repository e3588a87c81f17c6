package org.p2pd.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.p2pd.http.CacheStatus;

/** Hears of every response of ours when it has ended. Must neither block nor throw. */
public interface DeliveryLog {

  /** How the bytes went out. */
  enum Way {
    /** A head and at most a few sentences. */
    TEXT,
    /** The container's zero-copy send. */
    FILE,
    /** Asynchronous writes. */
    STREAM
  }

  /**
   * One response.
   *
   * @param bodyBytes handed to the container; for {@link Way#FILE} what it was told to send
   */
  record Entry(
      RequestSummary request,
      int status,
      long bodyBytes,
      Way way,
      Outcome outcome,
      Optional<CacheStatus> cacheStatus,
      Duration duration) {}

  void ended(Entry entry);

  /** All of them hear of everything. */
  static DeliveryLog all(List<DeliveryLog> logs) {
    List<DeliveryLog> copy = List.copyOf(logs);
    return entry -> copy.forEach(log -> log.ended(entry));
  }
}
