package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SlabTest {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  private final Slab slab = new Slab(16L * MIB);

  private int takeAll(Share share, int bytes) {
    int count = 0;
    while (slab.take(share, bytes).isPresent()) {
      count++;
    }
    return count;
  }

  @Nested
  class Shares {

    @Test
    void aLowerOneLeavesWhatAHigherOneIsDue() {
      assertThat(takeAll(Share.WARMING, 64 * KIB)).isEqualTo(4 * 16);
      assertThat(takeAll(Share.RELAY, 64 * KIB)).isEqualTo(2 * 16);
      assertThat(takeAll(Share.READ_AHEAD, 64 * KIB)).isEqualTo(2 * 16);
      assertThat(takeAll(Share.PLAY_HEAD, 64 * KIB)).isEqualTo(6 * 16);
      assertThat(takeAll(Share.READING, 64 * KIB)).isEqualTo(2 * 16);
      assertThat(slab.usedBytes()).isEqualTo(16L * MIB);
    }

    @Test
    void aHigherOneMayUseWhatLowerOnesDoNot() {
      assertThat(takeAll(Share.PLAY_HEAD, MIB)).isEqualTo(14);
      assertThat(takeAll(Share.READ_AHEAD, MIB)).isZero();
      assertThat(takeAll(Share.READING, MIB)).isEqualTo(2);
    }

    @Test
    void aPieceMovesToAShareThatHasRoom() {
      Slab.Piece first = slab.take(Share.PLAY_HEAD, MIB).orElseThrow();
      assertThat(first.moveTo(Share.KEPT)).isTrue();
      assertThat(slab.usedBytes(Share.KEPT)).isEqualTo(MIB);
      assertThat(takeAll(Share.KEPT, MIB)).isEqualTo(1);
      Slab.Piece third = slab.take(Share.PLAY_HEAD, MIB).orElseThrow();
      assertThat(third.moveTo(Share.KEPT)).isFalse();
      first.release();
      assertThat(third.moveTo(Share.KEPT)).isTrue();
    }
  }

  @Nested
  class LessThanWasAskedFor {

    private int chunks;
    private final Slab refused = new Slab(16L * MIB, this::fourAtMost);

    private ByteBuffer fourAtMost(int bytes) {
      if (++chunks > 4) {
        throw new OutOfMemoryError("Cannot reserve " + bytes + " bytes");
      }
      return ByteBuffer.allocate(bytes);
    }

    @Test
    void isSharedLikeAllOfIt() {
      List<Slab.Piece> pieces = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        pieces.add(refused.take(Share.PLAY_HEAD, 64 * KIB).orElseThrow());
      }
      assertThat(refused.take(Share.PLAY_HEAD, 64 * KIB)).isEmpty();
      assertThat(refused.limitBytes()).isEqualTo(4L * MIB);
      assertThat(refused.take(Share.READING, 64 * KIB)).isEmpty();
      pieces.subList(0, 16).forEach(Slab.Piece::release);
      assertThat(count(Share.PLAY_HEAD)).isEqualTo(8);
      assertThat(count(Share.READING)).isEqualTo(8);
      assertThat(refused.usedBytes()).isEqualTo(4L * MIB);
    }

    private int count(Share share) {
      int count = 0;
      while (refused.take(share, 64 * KIB).isPresent()) {
        count++;
      }
      return count;
    }

    @Test
    void isGivenToAReaderWhenABlockLeavesIt() {
      List<FetchEvent> events = new ArrayList<>();
      ReadBuffers buffers = new ReadBuffers(refused, new Events(events));
      List<Slab.Piece> blocks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        blocks.add(refused.take(Share.PLAY_HEAD, MIB).orElseThrow());
      }
      Film film = new Film(1, MIB);
      Stage stage = new Stage(new FakeStore(Stage.SIZE, MIB), 16L * MIB);
      try (Stage.Viewer viewer = stage.open(film, film.all())) {
        viewer.takeAll();
        viewer.await();
        assertThat(buffers.take(MIB / 4, (CacheStream) viewer.stream)).isEmpty();
        assertThat(events).isEmpty();
        blocks.get(0).release();
        assertThat(events).hasSize(1);
        events.get(0).apply(stage.state());
        assertThat(viewer.wakes()).isEqualTo(1);
        assertThat(buffers.take(MIB / 4, (CacheStream) viewer.stream)).isPresent();
      }
    }
  }

  private record Events(List<FetchEvent> posted) implements Mailbox {
    @Override
    public boolean isClosing() {
      return false;
    }

    @Override
    public void post(FetchEvent event) {
      posted.add(event);
    }

    @Override
    public void postLazily(FetchEvent event) {
      posted.add(event);
    }
  }

  @Nested
  class Pieces {

    @Test
    void areRoundedToPowersOfTwoOfALeaf() {
      assertThat(slab.take(Share.READING, 1).orElseThrow().lengthBytes()).isEqualTo(16 * KIB);
      assertThat(slab.take(Share.READING, 16 * KIB + 1).orElseThrow().lengthBytes())
          .isEqualTo(32 * KIB);
      assertThat(slab.usedBytes()).isEqualTo(48 * KIB);
    }

    @Test
    void areGivenBackOnce() {
      Slab.Piece piece = slab.take(Share.READING, 1).orElseThrow();
      piece.release();
      assertThatThrownBy(piece::release).isInstanceOf(IllegalStateException.class);
      assertThat(slab.usedBytes()).isZero();
    }

    @Test
    void neverOverlap() {
      Random random = new Random(1);
      List<Slab.Piece> held = new ArrayList<>();
      List<Byte> marks = new ArrayList<>();
      for (int step = 0; step < 20_000; step++) {
        if (random.nextBoolean() || held.isEmpty()) {
          Optional<Slab.Piece> piece =
              slab.take(Share.PLAY_HEAD, 1 + random.nextInt(1 << (14 + random.nextInt(7))));
          if (piece.isPresent()) {
            byte mark = (byte) step;
            ByteBuffer memory = piece.get().buffer(0, piece.get().lengthBytes());
            memory.put(0, mark).put(memory.limit() - 1, mark).put(memory.limit() / 2, mark);
            held.add(piece.get());
            marks.add(mark);
          }
        } else {
          int which = random.nextInt(held.size());
          Slab.Piece piece = held.remove(which);
          byte mark = marks.remove(which);
          ByteBuffer memory = piece.buffer(0, piece.lengthBytes());
          Set<Byte> found =
              new HashSet<>(
                  List.of(
                      memory.get(0),
                      memory.get(memory.limit() - 1),
                      memory.get(memory.limit() / 2)));
          assertThat(found).containsExactly(mark);
          piece.release();
        }
        assertThat(slab.usedBytes()).isLessThanOrEqualTo(14L * MIB);
      }
    }

    @Test
    void areNotGivenOutAfterTheEnd() {
      Slab.Piece piece = slab.take(Share.READING, 1).orElseThrow();
      slab.close();
      assertThat(slab.take(Share.READING, 1)).isEmpty();
      piece.buffer(0, 1).put((byte) 1);
      piece.release();
      assertThat(slab.usedBytes()).isZero();
    }
  }

  @Test
  void refusesToBeTooSmall() {
    assertThatThrownBy(() -> new Slab(8L * MIB - 1)).hasMessageContaining("-M");
  }
}
