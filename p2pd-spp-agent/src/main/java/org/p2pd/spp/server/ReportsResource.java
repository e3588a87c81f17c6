package org.p2pd.spp.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.p2pd.model.NodeId;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Report;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST reports} (docs/spp.md section 7). Thread-safe. */
final class ReportsResource {

  private static final Logger LOG = LoggerFactory.getLogger(ReportsResource.class);
  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final NodeParts parts;

  /** What each node reported in its present minute, the longest silent first. */
  @GuardedBy("this")
  private final Map<NodeId, Minute> minutes = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Minute {
    long beganAtNanos;
    int reports;
  }

  ReportsResource(NodeParts parts) {
    this.parts = parts;
  }

  Answer answer(byte[] body, NodeId by) throws MalformedException {
    Report report = Report.parse(JsonBody.parse(body));
    if (isHeeded(by)) {
      LOG.debug("{} reports {}", by, report);
      parts.reports().reported(by, report);
    }
    return Answers.noContent();
  }

  private synchronized boolean isHeeded(NodeId by) {
    long now = parts.world().ticker().read();
    Minute minute = minutes.computeIfAbsent(by, id -> new Minute());
    if (minute.reports == 0 || now - minute.beganAtNanos >= MINUTE_NANOS) {
      minute.beganAtNanos = now;
      minute.reports = 0;
    }
    minute.reports++;
    if (minutes.size() > SppLimits.MAX_SESSIONS) {
      Iterator<NodeId> longestSilent = minutes.keySet().iterator();
      longestSilent.next();
      longestSilent.remove();
    }
    return minute.reports <= SppLimits.MAX_REPORTS_A_MINUTE;
  }
}
