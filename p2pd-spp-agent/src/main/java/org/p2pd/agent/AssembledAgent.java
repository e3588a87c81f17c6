package org.p2pd.agent;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.p2pd.catalogue.Titles;
import org.p2pd.content.Content;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.server.SppNode;
import org.p2pd.spp.server.SppService;

/** A node put together. STARTING → begin → SERVING or DEGRADED → drain → DRAINING → close. */
final class AssembledAgent implements Agent {

  /** How the parts that differ between a server and a cache are doing. */
  interface Vitals {
    /** One sentence each, with what to do. */
    List<String> problems();

    AgentStatus status(SppNode.Stats sent);
  }

  /** The other nodes. */
  interface Company {
    /** This node answers, and may talk to others. */
    void begin();

    /**
     * From now on nobody is to count on it.
     *
     * @return complete when the others know that
     */
    CompletableFuture<Void> leave();
  }

  private final Foundation foundation;
  private final Titles titles;
  private final CountedContent content;
  private final SppNode spp;
  private final Vitals vitals;
  private final Company company;
  private final Teardown teardown;
  private volatile boolean draining;

  AssembledAgent(
      Foundation foundation,
      Titles titles,
      CountedContent content,
      SppNode spp,
      Vitals vitals,
      Company company,
      Teardown teardown) {
    this.foundation = foundation;
    this.titles = titles;
    this.content = content;
    this.spp = spp;
    this.vitals = vitals;
    this.company = company;
    this.teardown = teardown;
  }

  @Override
  public Titles titles() {
    return titles;
  }

  @Override
  public Content content() {
    return content;
  }

  @Override
  public SppService spp() {
    return spp;
  }

  @Override
  public Health health() {
    if (draining) {
      return new Health(Health.State.DRAINING, List.of());
    }
    List<String> problems = vitals.problems();
    if (!problems.isEmpty()) {
      return new Health(Health.State.DEGRADED, problems);
    }
    return new Health(
        foundation.endpoint().get() == null ? Health.State.STARTING : Health.State.SERVING,
        List.of());
  }

  @Override
  public AgentStatus status() {
    return vitals.status(spp.stats());
  }

  @Override
  public void begin(int port, String contextPath) {
    if (!foundation.endpoint().compareAndSet(null, new Endpoint(port, contextPath))) {
      throw new IllegalStateException("a node begins once");
    }
    company.begin();
  }

  @Override
  public void drain(Duration bound) {
    draining = true;
    content.beginDraining();
    new Drain(spp::drain, company::leave, content, spp::refuseAll).within(bound);
  }

  @Override
  public void close() {
    draining = true;
    teardown.close();
  }
}
