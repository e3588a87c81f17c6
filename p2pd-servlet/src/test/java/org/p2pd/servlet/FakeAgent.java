package org.p2pd.servlet;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.p2pd.agent.Agent;
import org.p2pd.agent.AgentStatus;
import org.p2pd.agent.Health;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.content.Content;
import org.p2pd.model.Title;
import org.p2pd.spp.server.SppService;

/** A node whose titles and content a test makes up. */
final class FakeAgent implements Agent {

  static final Instant LAST_MODIFIED = Instant.parse("2024-05-06T07:08:09Z");

  final FakeContent content = new FakeContent();
  final Map<Title, Titles.Lookup> lookups = new ConcurrentHashMap<>();
  volatile Titles.Lookup otherwise = new Titles.Lookup.Unknown();
  volatile Health.State state = Health.State.SERVING;
  volatile SppService spp =
      request -> CompletableFuture.failedFuture(new AssertionError("no SPP in this test"));

  void publish(String path, FakeContent.Script script) {
    Title title = new Title(path);
    lookups.put(
        title,
        new Titles.Lookup.Published(new PublishedTitle(title, script.edition(), LAST_MODIFIED)));
  }

  @Override
  public Titles titles() {
    return new Titles() {
      @Override
      public Lookup lookup(Title title) {
        return lookups.getOrDefault(title, otherwise);
      }

      @Override
      public int publishedCount() {
        return lookups.size();
      }

      @Override
      public List<PublishedTitle> published(String after, int max) {
        return lookups.values().stream()
            .filter(Lookup.Published.class::isInstance)
            .map(lookup -> ((Lookup.Published) lookup).entry())
            .filter(entry -> Title.comparePaths(entry.title().path(), after) > 0)
            .sorted(Comparator.comparing(PublishedTitle::title))
            .limit(max)
            .toList();
      }
    };
  }

  @Override
  public Content content() {
    return content;
  }

  @Override
  public SppService spp() {
    Function<SppService.Request, java.util.concurrent.CompletionStage<SppService.Answer>> answer =
        request -> spp.answer(request);
    return answer::apply;
  }

  @Override
  public Health health() {
    return new Health(state, List.of("the disk is full: make room"));
  }

  @Override
  public AgentStatus status() {
    return new AgentStatus(
        "node-1",
        "cache",
        lookups.size(),
        Optional.empty(),
        Map.of("spp_sent_bytes_total", 4711L, "open_readings", 3L),
        List.of(),
        List.of());
  }

  @Override
  public void begin(int port, String contextPath) {
    // Talks to no one.
  }

  @Override
  public void drain(Duration bound) {
    state = Health.State.DRAINING;
  }

  @Override
  public void close() {
    // Has nothing.
  }
}
