package org.p2pd.node;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.mockito.Mockito;
import org.p2pd.agent.Agent;
import org.p2pd.agent.AgentStatus;
import org.p2pd.agent.Health;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.content.Content;
import org.p2pd.model.Title;
import org.p2pd.spp.server.SppService;

/** An agent without titles that writes down what is done to it. */
final class FakeAgent implements Agent {

  final List<String> calls = new CopyOnWriteArrayList<>();
  final CompletableFuture<String> begun = new CompletableFuture<>();

  @Override
  public Titles titles() {
    return new Titles() {
      @Override
      public Lookup lookup(Title title) {
        return new Lookup.Unknown();
      }

      @Override
      public int publishedCount() {
        return 0;
      }

      @Override
      public List<PublishedTitle> published(String after, int max) {
        return List.of();
      }
    };
  }

  @Override
  public Content content() {
    return Mockito.mock(Content.class);
  }

  @Override
  public SppService spp() {
    return Mockito.mock(SppService.class);
  }

  @Override
  public Health health() {
    return new Health(Health.State.SERVING, List.of());
  }

  @Override
  public AgentStatus status() {
    return new AgentStatus("fake", "server", 0, Optional.empty(), Map.of(), List.of(), List.of());
  }

  @Override
  public void begin(int port, String contextPath) {
    calls.add("begin " + port + contextPath);
    begun.complete(port + contextPath);
  }

  @Override
  public void drain(Duration bound) {
    calls.add("drain " + bound);
  }

  @Override
  public void close() {
    calls.add("close");
  }
}
