package org.p2pd.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Referral;

/** A source that does what the test says, when it says so; nothing by itself. One thread. */
class ScriptedSource implements BlockSource {

  private final String name;
  private final Relation relation;
  private final Map<String, Film> films = new HashMap<>();
  private final List<Asked> asked = new ArrayList<>();
  private final Set<Asked> open = new LinkedHashSet<>();
  private final NodeId node;
  private boolean usable = true;

  ScriptedSource(String name, Relation relation, Film... films) {
    this.name = name;
    this.relation = relation;
    this.node = new NodeId(Hash.of(name.repeat(32).substring(0, 32).getBytes(UTF_8)));
    for (Film film : films) {
      this.films.put(film.edition().id().toString(), film);
    }
  }

  void usable(boolean now) {
    usable = now;
  }

  /** All questions so far. */
  List<Asked> asked() {
    return asked;
  }

  /** The questions that have had no end. */
  List<Asked> open() {
    return List.copyOf(open);
  }

  /** How often a block was asked for. */
  long timesAsked(int block) {
    return asked.stream()
        .filter(q -> q.query.span().firstBlock() <= block && block <= q.query.span().lastBlock())
        .count();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<NodeId> node() {
    return Optional.of(node);
  }

  /** Where it could be, as far as anyone asks. */
  NodeAddress address() {
    return new NodeAddress("192.0.2.1", 8080, "");
  }

  @Override
  public Relation relation() {
    return relation;
  }

  private boolean offers = true;

  void offers(boolean everything) {
    offers = everything;
  }

  @Override
  public long offersUntil(Edition edition, long position) {
    return offers ? edition.lengthBytes() : position;
  }

  @Override
  public boolean usable() {
    return usable;
  }

  @Override
  public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
    Asked question = new Asked(query, receiver);
    asked.add(question);
    open.add(question);
    return question;
  }

  /** One question, to be answered step by step. */
  final class Asked implements Transfer {
    final SpanQuery query;
    private final SpanReceiver receiver;
    private final Film film;
    private boolean ended;
    private boolean cancelled;
    private boolean proven;
    private ByteBuffer buffer;
    private int block;

    Asked(SpanQuery query, SpanReceiver receiver) {
      this.query = query;
      this.receiver = receiver;
      this.film = films.get(query.edition().id().toString());
      this.block = query.span().firstBlock();
    }

    /** How many blocks it has not sent yet. */
    int blocksLeft() {
      return query.span().lastBlock() + 1 - block;
    }

    /** How many bytes of the next block it has not sent yet. */
    int bytesLeft() {
      int length = query.span().blockSize().lengthOf(block, film.length());
      return buffer == null ? length : length - buffer.position();
    }

    boolean ended() {
      return ended;
    }

    boolean cancelled() {
      return cancelled;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    Asked proof() {
      if (!proven) {
        proven = true;
        receiver.proof(film.proof(query.span()));
      }
      return this;
    }

    /** Sends so many bytes of the next block. */
    Asked bytes(int count) {
      proof();
      if (buffer == null) {
        buffer = receiver.bufferFor(block);
      }
      BlockSize size = query.span().blockSize();
      buffer.put(film.bytes(size.start(block) + buffer.position(), count));
      return this;
    }

    /** Says that what was sent of the next block is verified. */
    Asked prefix() {
      receiver.prefixVerified(block, buffer.position());
      return this;
    }

    /** Writes what is not verified and never will be. */
    Asked garbage(int count) {
      if (buffer == null) {
        buffer = receiver.bufferFor(block);
      }
      buffer.put(new byte[count]);
      return this;
    }

    Asked block() {
      proof();
      BlockSize size = query.span().blockSize();
      int length = size.lengthOf(block, film.length());
      bytes(buffer == null ? length : length - buffer.position());
      buffer = null;
      receiver.blockVerified(block++);
      return this;
    }

    Asked blocks(int count) {
      for (int i = 0; i < count; i++) {
        block();
      }
      return this;
    }

    void end(Outcome outcome) {
      ended = true;
      open.remove(this);
      receiver.ended(outcome);
    }

    void deliver() {
      blocks(query.span().lastBlock() + 1 - block);
      end(new Outcome.Delivered());
    }

    void lose() {
      end(new Outcome.Lost("the connection broke"));
    }

    /** Like a real source it does not pass on a referral to a node that was excluded. */
    void refer(ScriptedSource to) {
      end(
          query.excluded().contains(to.node)
              ? new Outcome.Lost("referred in a circle")
              : new Outcome.Referred(new Referral(to.node, to.address())));
    }

    void later(Duration retryAfter) {
      end(new Outcome.Later(retryAfter));
    }

    void busy(Duration retryAfter) {
      end(new Outcome.Busy(retryAfter));
    }

    @Override
    public String toString() {
      return name + " " + query.span() + " " + query.urgency();
    }
  }
}
