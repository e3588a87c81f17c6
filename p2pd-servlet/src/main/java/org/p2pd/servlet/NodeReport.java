package org.p2pd.servlet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Suppliers;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.p2pd.agent.Agent;
import org.p2pd.agent.AgentStatus;
import org.p2pd.agent.Health;

/** What a node says of itself, as text. */
final class NodeReport {

  private final Agent agent;
  private final HttpMetrics metrics;

  /** Made for the first report: it takes some 300 classes, and a start should not wait for them. */
  private final Supplier<ObjectMapper> mapper = Suppliers.memoize(ObjectMapper::new);

  NodeReport(Agent agent, HttpMetrics metrics) {
    this.agent = agent;
    this.metrics = metrics;
  }

  Health health() {
    return agent.health();
  }

  String statusJson() {
    AgentStatus status = agent.status();
    Health health = agent.health();
    ObjectMapper json = mapper.get();
    ObjectNode root = json.createObjectNode();
    root.put("nodeId", status.nodeId());
    root.put("role", status.role());
    root.put("state", health.state().name().toLowerCase(java.util.Locale.ROOT));
    root.set("problems", json.valueToTree(health.problems()));
    root.put("titles", status.titles());
    root.put("streaming", metrics.streaming());
    status.store().ifPresent(store -> root.set("store", json.valueToTree(store)));
    root.set("sources", json.valueToTree(status.sources()));
    root.set("group", json.valueToTree(status.group()));
    root.set("counters", json.valueToTree(new TreeMap<>(status.counters())));
    try {
      return json.writerWithDefaultPrettyPrinter().writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values can be written", e);
    }
  }

  String metricsText() {
    return metrics.scrape(agent.status());
  }
}
