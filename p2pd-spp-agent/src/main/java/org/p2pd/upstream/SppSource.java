package org.p2pd.upstream;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.p2pd.fetch.BlockSource;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.Report;
import org.p2pd.spp.client.BlockEnd;
import org.p2pd.spp.client.BlockQuestion;
import org.p2pd.spp.client.BlockReceiver;
import org.p2pd.spp.client.Peer;
import org.p2pd.tree.SpanProof;

/** Another node as a source of blocks: the SPP client in the words of fetching. Thread-safe. */
public final class SppSource implements BlockSource {

  private final Peer peer;
  private final Relation relation;
  private final NodeId self;
  private final BooleanSupplier usable;
  private final Consumer<Report> reports;
  private final @Nullable LeaseNotices leases;

  /**
   * Wraps a peer.
   *
   * @param reports takes what is to be told to the peer
   * @param leases hears what became of what the peer leased; null of one that leases nothing
   */
  SppSource(
      Peer peer,
      Relation relation,
      NodeId self,
      BooleanSupplier usable,
      Consumer<Report> reports,
      @Nullable LeaseNotices leases) {
    this.peer = peer;
    this.relation = relation;
    this.self = self;
    this.usable = usable;
    this.reports = reports;
    this.leases = leases;
  }

  /**
   * A node that is not this one's parent, and leases nothing.
   *
   * @param usable whether it can be asked now
   * @param reports takes what is to be told to it
   */
  public static SppSource of(
      Peer peer, Relation relation, NodeId self, BooleanSupplier usable, Consumer<Report> reports) {
    return new SppSource(peer, relation, self, usable, reports, null);
  }

  @Override
  public Optional<NodeId> node() {
    return peer.key().map(PublicKey::id);
  }

  @Override
  public String name() {
    return peer.address().toString();
  }

  @Override
  public Relation relation() {
    return relation;
  }

  @Override
  public boolean usable() {
    return usable.getAsBoolean();
  }

  @Override
  public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
    BlockQuestion question =
        new BlockQuestion(
            query.edition(),
            query.span(),
            query.urgency(),
            asked(relation),
            List.of(self),
            relation == Relation.SIBLING ? List.of() : query.excluded(),
            query.rateBytesPerSecond());
    return peer.fetch(question, new Translated(query, receiver))::cancel;
  }

  /** What this node is to one of that relation. */
  private static BlockQuestion.Relation asked(Relation relation) {
    return switch (relation) {
      case PARENT, STAND_IN -> BlockQuestion.Relation.CHILD;
      case SIBLING -> BlockQuestion.Relation.SIBLING;
      case MIRROR -> BlockQuestion.Relation.OTHER;
    };
  }

  @Override
  public String toString() {
    return name();
  }

  /** Passes on what comes, and reports what did not verify. */
  private final class Translated implements BlockReceiver {
    private final SpanQuery query;
    private final SpanReceiver receiver;
    private int nextBlock;
    private @Nullable Span proven;
    private @Nullable Span leased;

    Translated(SpanQuery query, SpanReceiver receiver) {
      this.query = query;
      this.receiver = receiver;
      this.nextBlock = query.span().firstBlock();
    }

    @Override
    public void proof(SpanProof proof) {
      proven = proof.span();
      receiver.proof(proof);
    }

    @Override
    public void leased(Duration lease) {
      leased = proven;
    }

    @Override
    public ByteBuffer bufferFor(int block) {
      return receiver.bufferFor(block);
    }

    @Override
    public void prefixVerified(int block, int bytes) {
      receiver.prefixVerified(block, bytes);
    }

    @Override
    public void blockVerified(int block) {
      receiver.blockVerified(block);
      nextBlock = block + 1;
    }

    @Override
    public void ended(BlockEnd end) {
      if (end instanceof BlockEnd.Mismatch) {
        reportMismatch();
      }
      receiver.ended(outcomeOf(end));
      if (leased != null && leases != null) {
        leases.ended(query.edition(), leased);
      }
    }

    private void reportMismatch() {
      BlockSize size = query.span().blockSize();
      long length = query.edition().lengthBytes();
      int block = Math.min(nextBlock, query.span().lastBlock());
      reports.accept(
          new Report.Mismatch(
              query.edition().id(),
              ByteRange.ofLength(size.start(block), size.lengthOf(block, length))));
    }
  }

  private static Outcome outcomeOf(BlockEnd end) {
    if (end instanceof BlockEnd.Delivered) {
      return new Outcome.Delivered();
    }
    if (end instanceof BlockEnd.NotHeld) {
      return new Outcome.NotHeld();
    }
    if (end instanceof BlockEnd.Referred referred) {
      return new Outcome.Referred(referred.referral());
    }
    if (end instanceof BlockEnd.Busy busy) {
      return new Outcome.Busy(busy.retryAfter());
    }
    if (end instanceof BlockEnd.Later later) {
      return new Outcome.Later(later.retryAfter());
    }
    if (end instanceof BlockEnd.Mismatch mismatch) {
      return new Outcome.Mismatch(mismatch.detail());
    }
    if (end instanceof BlockEnd.Refused refused) {
      return new Outcome.Refused(refused.detail());
    }
    return end instanceof BlockEnd.Lost lost
        ? new Outcome.Lost(lost.detail())
        : new Outcome.Cancelled();
  }
}
