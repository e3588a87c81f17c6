package org.p2pd.siblings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.BlockRun;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.SubscriptionChoice;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.MalformedException;

/**
 * How far one sibling was heard: a cursor for its digest and one for each edition that it is asked
 * about. Used by one thread at a time: the link's loop, or the one that takes news for it.
 */
final class Subscriptions {

  private static final String BEGIN = "0";

  /** When an edition is asked about again of which the sibling told nothing. */
  private static final Duration AFTER_UNTOLD = Duration.ofSeconds(10);

  private final KnownHoldings.Claims claims;
  private final BlockSize blockSize;
  private final Ticker ticker;
  private final Map<EditionId, OfEdition> editions = new HashMap<>();

  private String digestCursor = BEGIN;

  /** How many records of a digest came since it began anew. */
  private int digestRecords;

  /** What was asked last. */
  private Set<EditionId> askedLast = Set.of();

  /** One edition. */
  private static final class OfEdition {
    final Edition edition;
    final BlockSize size;
    String cursor = BEGIN;

    /** While an answer comes in parts: where the next one may begin. */
    int nextBlock;

    /** Not asked about before that. */
    Optional<Long> pausedUntilNanos = Optional.empty();

    OfEdition(Edition edition, BlockSize size) {
      this.edition = edition;
      this.size = size;
    }
  }

  /**
   * A question, with the editions that it is about in their order.
   *
   * @param of whose cursors it carries
   */
  record Asked(Subscriptions of, HoldingsQuestion question, List<Edition> editions) {}

  Subscriptions(KnownHoldings.Claims claims, BlockSize blockSize, Ticker ticker) {
    this.claims = claims;
    this.blockSize = blockSize;
    this.ticker = ticker;
  }

  /** The next question. */
  Asked next(Duration wait) {
    List<Edition> wanted = wanted();
    List<HoldingsQuestion.OfEdition> asked = new ArrayList<>();
    for (Edition edition : wanted) {
      OfEdition of = of(edition);
      asked.add(new HoldingsQuestion.OfEdition(edition.id(), of.size, of.cursor));
    }
    askedLast = ids(wanted);
    return new Asked(this, new HoldingsQuestion(wait, Optional.of(digestCursor), asked), wanted);
  }

  /** Whether the next question would be about other editions than the last. */
  boolean wantsOther() {
    return !ids(wanted()).equals(askedLast);
  }

  /** What to ask about now; of other editions nothing is remembered. */
  private List<Edition> wanted() {
    List<Edition> subscribed = claims.subscriptions();
    editions.keySet().retainAll(ids(subscribed));
    long now = ticker.read();
    List<Edition> wanted = new ArrayList<>();
    for (Edition edition : subscribed) {
      if (of(edition).pausedUntilNanos.map(until -> now - until >= 0).orElse(true)) {
        wanted.add(edition);
      }
    }
    return wanted;
  }

  private OfEdition of(Edition edition) {
    return editions.computeIfAbsent(
        edition.id(),
        id -> new OfEdition(edition, SubscriptionChoice.blockSize(edition, blockSize)));
  }

  private static Set<EditionId> ids(List<Edition> editions) {
    Set<EditionId> ids = new HashSet<>();
    editions.forEach(edition -> ids.add(edition.id()));
    return ids;
  }

  /**
   * Takes an answer.
   *
   * @return whether the rest of something is to be had at once
   * @throws MalformedException if it never ends, or goes in circles; some of it may have been taken
   */
  boolean take(Asked asked, List<HoldingsAnswer.Part> parts) throws MalformedException {
    boolean more = false;
    for (HoldingsAnswer.Part part : parts) {
      if (part instanceof HoldingsAnswer.Part.Digest digest) {
        take(digest.news());
        more |= digest.news().more();
      } else if (part instanceof HoldingsAnswer.Part.Blocks blocks) {
        take(of(asked.editions().get(blocks.index())), blocks.news());
        more |= blocks.news().more();
      } else if (part instanceof HoldingsAnswer.Part.Untold untold) {
        pause(of(asked.editions().get(untold.index())));
      }
    }
    return more;
  }

  private void take(DigestNews news) throws MalformedException {
    digestRecords = (news.anew() ? 0 : digestRecords) + news.records().count();
    if (news.more() && digestRecords > KnownHoldings.MOST_EDITIONS) {
      throw new MalformedException("a digest of more than " + digestRecords + " editions");
    }
    digestRecords = news.more() ? digestRecords : 0;
    claims.heard(news);
    digestCursor = news.next();
  }

  private void take(OfEdition of, BlockNews news) throws MalformedException {
    List<BlockRun> runs = news.runs();
    if (!news.anew() && !runs.isEmpty() && runs.get(0).first() < of.nextBlock) {
      throw new MalformedException("part of an answer that was told before");
    }
    of.nextBlock = news.more() ? runs.get(runs.size() - 1).end() : 0;
    boolean continued = claims.heard(of.edition, of.size, news);
    of.cursor = continued ? news.next() : BEGIN;
    of.nextBlock = continued ? of.nextBlock : 0;
  }

  private void pause(OfEdition of) {
    claims.untold(of.edition);
    of.cursor = BEGIN;
    of.nextBlock = 0;
    of.pausedUntilNanos = Optional.of(ticker.read() + AFTER_UNTOLD.toNanos());
  }
}
