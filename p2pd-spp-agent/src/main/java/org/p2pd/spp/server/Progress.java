package org.p2pd.spp.server;

/** Hears how far an answer with bytes gets. Called by one thread at a time. */
interface Progress {

  /** What nobody counts on. */
  Progress UNWATCHED =
      new Progress() {
        @Override
        public void taken(long bytes) {}

        @Override
        public void ended(long bytes) {}
      };

  /** The transport took so many bytes by now. */
  void taken(long bytes);

  /** The answer is over; the transport took so many bytes: all, unless it broke off. */
  void ended(long bytes);
}
