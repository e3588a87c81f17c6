package org.p2pd.spp.server;

import org.p2pd.model.NodeId;
import org.p2pd.spp.Report;

/** Hears what children report. Must not block. */
@FunctionalInterface
public interface ReportListener {

  void reported(NodeId by, Report report);
}
