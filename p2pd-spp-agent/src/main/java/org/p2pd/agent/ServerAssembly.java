package org.p2pd.agent;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.p2pd.catalogue.Journal;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.publish.Publisher;
import org.p2pd.publish.PublisherConfig;
import org.p2pd.publish.PublisherStats;
import org.p2pd.siblings.Siblings;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Report;
import org.p2pd.spp.server.Editions;
import org.p2pd.spp.server.NodeParts;
import org.p2pd.spp.server.ProofSource;
import org.p2pd.spp.server.SppNode;

/** Puts a server together: the owner's files, the journal that tells of them, the answers. */
final class ServerAssembly {

  private static final Duration SCAN_INTERVAL = Duration.ofMinutes(1);

  private final Foundation foundation;
  private final Journal journal;
  private final Publisher publisher;
  private final Editions editions;

  private ServerAssembly(
      Foundation foundation, Journal journal, Publisher publisher, Editions editions) {
    this.foundation = foundation;
    this.journal = journal;
    this.publisher = publisher;
    this.editions = editions;
  }

  static Agent assemble(Foundation foundation, AgentConfig.Role.Server role, Teardown teardown)
      throws StartException {
    Journal journal = teardown.add(journal(foundation));
    Publisher publisher = teardown.add(publisher(foundation, role, journal));
    journal.reportsProgress(publisher::percent);
    Editions editions = NamedEditions.ofServer(journal);
    return new ServerAssembly(foundation, journal, publisher, editions).complete(teardown);
  }

  private static Journal journal(Foundation foundation) throws StartException {
    try {
      return Journal.open(
          foundation.state().subdirectory("catalogue"), foundation.key(), Clock.systemUTC());
    } catch (IOException e) {
      throw new StartException("cannot use the catalogue: " + e.getMessage(), e);
    }
  }

  private static Publisher publisher(
      Foundation foundation, AgentConfig.Role.Server role, Journal journal) throws StartException {
    AgentConfig config = foundation.config();
    PublisherConfig told =
        new PublisherConfig(
            role.publicDirectory(),
            config.state(),
            role.digest(),
            config.blockSize(),
            role.settle(),
            role.followSymlinks(),
            role.trustFiles(),
            SCAN_INTERVAL,
            Runtime.getRuntime().availableProcessors(),
            config.memoryLimitBytes(),
            Clock.systemUTC(),
            Ticker.systemTicker());
    try {
      return Publisher.open(
          told,
          journal.published().stream()
              .collect(Collectors.toMap(PublishedTitle::title, PublishedTitle::edition)),
          new JournalledPublication(journal));
    } catch (IOException e) {
      throw new StartException(
          "cannot publish " + role.publicDirectory() + ": " + e.getMessage(), e);
    }
  }

  private Agent complete(Teardown teardown) {
    CountedContent content = new CountedContent(publisher.content());
    Siblings siblings = teardown.add(new GroupAssembly(foundation).ofServer());
    foundation.everySecond(siblings::tick);
    NodeParts.Supply alone =
        NodeParts.Supply.alone(content, editions, ProofSource.none(), Optional.of(journal))
            .inGroups(siblings);
    NodeParts.Supply supply = siblings.arbiter().map(alone::arbitrating).orElse(alone);
    SppNode spp =
        teardown.add(SppNode.of(foundation.parts(NodeFacts.Role.SERVER, supply, this::reported)));
    return new AssembledAgent(
        foundation,
        new AskedTitles(journal, publisher::wanted, published -> {}),
        content,
        spp,
        new ServerVitals(foundation.key().id(), journal, publisher, siblings),
        new AssembledAgent.Company() {
          @Override
          public void begin() {
            siblings.begin();
          }

          @Override
          public CompletableFuture<Void> leave() {
            return siblings.leave();
          }
        },
        teardown);
  }

  private void reported(NodeId by, Report report) {
    if (report instanceof Report.Wanted wanted) {
      publisher.wanted(wanted.title());
    } else if (report instanceof Report.Mismatch mismatch) {
      Optional<Edition> edition = journal.edition(mismatch.edition());
      edition.ifPresent(e -> publisher.mismatchReported(e, mismatch.range()));
    }
  }

  /** How a server is doing. */
  private record ServerVitals(NodeId id, Journal journal, Publisher publisher, Siblings siblings)
      implements AssembledAgent.Vitals {

    @Override
    public List<String> problems() {
      List<String> problems = new ArrayList<>(publisher.problems());
      journal.problem().ifPresent(problems::add);
      problems.addAll(siblings.problems());
      return problems;
    }

    @Override
    public AgentStatus status(SppNode.Stats sent) {
      PublisherStats published = publisher.stats();
      Map<String, Long> counters = new LinkedHashMap<>();
      counters.put("spp_sent_bytes_total", sent.sentBytes());
      counters.put("spp_sent_spans_total", sent.spans());
      counters.put("hashed_bytes_total", published.hashedBytes());
      counters.put("failed_verifications_total", published.failedVerifications());
      counters.put("spp_sessions", (long) sent.sessions());
      counters.put("group_members", (long) siblings.inView().size());
      LeaseCounters.add(counters, siblings.leases());
      counters.put("unready_titles", (long) published.unready());
      counters.put("withheld_removals", (long) published.withheldRemovals());
      return new AgentStatus(
          id.toString(),
          "server",
          journal.publishedCount(),
          Optional.empty(),
          counters,
          List.of(),
          AgentStatus.MemberStatus.of(siblings.inView()));
    }
  }
}
