package org.p2pd.fetch;

/** Where the fetch loop's events are put. Thread-safe. After its end events are dropped. */
interface Mailbox {

  /** The loop is ending, or has ended. */
  boolean isClosing();

  void post(FetchEvent event);

  /** For news that can wait until the loop is awake for another reason. */
  void postLazily(FetchEvent event);
}
