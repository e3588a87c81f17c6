package org.p2pd.servlet;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import org.p2pd.agent.AgentStatus;
import org.p2pd.delivery.DeliveryLog;
import org.p2pd.store.StoreStats;

/** The node's numbers for Prometheus: what was sent, what the agent counts, and the JVM. */
final class HttpMetrics implements DeliveryLog, AutoCloseable {

  private static final String TOTAL = "_total";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbageCollection = new JvmGcMetrics();
  private final Map<Tags, Counter> responses = new ConcurrentHashMap<>();
  private final Map<Way, Counter> sentBytes = new ConcurrentHashMap<>();
  private volatile java.util.function.IntSupplier streaming = () -> 0;
  private volatile AgentStatus latest =
      new AgentStatus(
          "",
          "",
          0,
          java.util.Optional.empty(),
          Map.of(),
          java.util.List.of(),
          java.util.List.of());

  HttpMetrics() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    garbageCollection.bindTo(registry);
    Gauge.builder("p2pd.http.streaming", this::streaming)
        .description("responses being streamed")
        .register(registry);
    Gauge.builder("p2pd.titles", () -> latest.titles())
        .description("published titles known")
        .register(registry);
  }

  /** Where the number of responses being streamed is asked for. */
  void countStreamingWith(java.util.function.IntSupplier count) {
    streaming = count;
  }

  int streaming() {
    return streaming.getAsInt();
  }

  @Override
  public void ended(Entry entry) {
    Tags tags =
        Tags.of(
            "status",
            Integer.toString(entry.status()),
            "way",
            word(entry.way()),
            "outcome",
            word(entry.outcome()),
            "cache",
            entry.cacheStatus().map(status -> status.word()).orElse("none"));
    responses
        .computeIfAbsent(
            tags,
            t ->
                Counter.builder("p2pd.http.responses")
                    .description("responses that have ended")
                    .tags(t)
                    .register(registry))
        .increment();
    sentBytes
        .computeIfAbsent(
            entry.way(),
            way ->
                Counter.builder("p2pd.http.sent.bytes")
                    .description("body bytes handed to the container")
                    .tag("way", word(way))
                    .register(registry))
        .increment((double) entry.bodyBytes());
  }

  /** All numbers in Prometheus' text form. */
  String scrape(AgentStatus status) {
    latest = status;
    status.counters().keySet().forEach(this::agentNumber);
    if (status.store().isPresent()) {
      store("limit.bytes", "the limit -C", StoreStats::limitBytes);
      store("used.bytes", "allocated on disk", StoreStats::usedBytes);
      store("reserved.bytes", "promised to blocks under way", StoreStats::reservedBytes);
      store("unlinked.bytes", "deleted but still open", StoreStats::unlinkedBytes);
      store("held.bytes", "payload held", StoreStats::heldBytes);
      store("editions", "editions of which something is held", StoreStats::editions);
    }
    return registry.scrape();
  }

  /** What ends in {@code _total} only grows; the rest is as it is now. */
  private void agentNumber(String name) {
    ToDoubleFunction<HttpMetrics> value =
        metrics -> metrics.latest.counters().getOrDefault(name, 0L);
    if (name.endsWith(TOTAL)) {
      String plain = name.substring(0, name.length() - TOTAL.length());
      FunctionCounter.builder("p2pd_" + plain, this, value).register(registry);
    } else {
      Gauge.builder("p2pd_" + name, this, value).register(registry);
    }
  }

  private void store(String name, String description, ToDoubleFunction<StoreStats> value) {
    Gauge.builder(
            "p2pd.store." + name,
            this,
            metrics -> metrics.latest.store().map(value::applyAsDouble).orElse(0.0))
        .description(description)
        .register(registry);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public void close() {
    garbageCollection.close();
    registry.close();
  }
}
