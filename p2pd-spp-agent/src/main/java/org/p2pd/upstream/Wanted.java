package org.p2pd.upstream;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.model.Title;

/** Which titles were reported as wanted lately: each is told upwards twice a minute at most. */
final class Wanted {

  private static final Duration QUIET = Duration.ofSeconds(30);
  private static final int MAX_TITLES = 256;

  private final Ticker ticker;

  /** When each was told, the oldest first. */
  @GuardedBy("this")
  private final Map<Title, Long> told = new LinkedHashMap<>();

  Wanted(Ticker ticker) {
    this.ticker = ticker;
  }

  synchronized boolean isDue(Title title) {
    long now = ticker.read();
    Long last = told.get(title);
    if (last != null && now - last < QUIET.toNanos()) {
      return false;
    }
    told.remove(title);
    told.put(title, now);
    if (told.size() > MAX_TITLES) {
      told.remove(told.keySet().iterator().next());
    }
    return true;
  }
}
