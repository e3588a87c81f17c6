package org.p2pd.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;

class HashTreeTest {

  private static final int LEAF = BlockSize.LEAF_BYTES;

  static byte[] randomBytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Stream<BlockSize> blockSizes() {
    return IntStream.rangeClosed(0, 6).mapToObj(k -> new BlockSize(LEAF << k));
  }

  @Nested
  class Blocks {

    @ParameterizedTest
    @EnumSource(DigestAlgorithm.class)
    void hashLikeTheReferenceForEveryRaggedLength(DigestAlgorithm digest) {
      for (int length :
          new int[] {1, LEAF - 1, LEAF, LEAF + 1, 3 * LEAF, 5 * LEAF + 7, 64 * LEAF}) {
        byte[] content = randomBytes(length, length);
        assertThat(new TreeHasher(digest).block(ByteBuffer.wrap(content)))
            .as("%s of %d bytes", digest, length)
            .isEqualTo(new ReferenceTree(digest, content).root());
      }
    }

    @Test
    void consumeTheBufferAndTakeDirectOnesToo() {
      byte[] content = randomBytes(1, 3 * LEAF + 5);
      ByteBuffer direct = ByteBuffer.allocateDirect(content.length + 4).position(2);
      direct.put(content).flip().position(2);
      TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
      assertThat(hasher.block(direct)).isEqualTo(hasher.block(ByteBuffer.wrap(content)));
      assertThat(direct.remaining()).isZero();
    }

    @Test
    void refuseEmptyAndOversizedRuns() {
      TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
      assertThatThrownBy(() -> hasher.block(ByteBuffer.allocate(0)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> hasher.block(ByteBuffer.allocate(BlockSize.REGION_BYTES + 1)))
          .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void areNodesOfTheTreeWhateverTheirSize() {
      byte[] content = randomBytes(2, 150 * LEAF + 99);
      ReferenceTree reference = new ReferenceTree(DigestAlgorithm.SHA_256, content);
      TreeShape shape = new TreeShape(content.length);
      TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
      blockSizes()
          .forEach(
              size -> {
                for (int block = 0; block < size.blockCount(content.length); block++) {
                  ByteBuffer data =
                      ByteBuffer.wrap(
                          content, (int) size.start(block), size.lengthOf(block, content.length));
                  assertThat(hasher.block(data)).isEqualTo(reference.at(shape.block(size, block)));
                }
              });
    }

    @Test
    void foldFromTheirLeafHashes() {
      byte[] block = randomBytes(3, 3 * LEAF + 1);
      TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
      byte[] leaves = hasher.leaves(ByteBuffer.wrap(block));
      Hash hash = hasher.block(ByteBuffer.wrap(block));
      Edition edition = new Edition(DigestAlgorithm.SHA_256, block.length, hash);
      assertThat(leaves).hasSize(4 * Hash.BYTES);
      assertThat(SpanProof.leavesMatch(edition, hash, block.length, leaves)).isTrue();
      leaves[70] ^= 1;
      assertThat(SpanProof.leavesMatch(edition, hash, block.length, leaves)).isFalse();
      assertThat(SpanProof.leavesMatch(edition, hash, block.length, new byte[0])).isFalse();
      assertThat(SpanProof.leavesMatch(edition, hash, block.length, new byte[33])).isFalse();
    }
  }

  @Nested
  class Proofs {

    @ParameterizedTest
    @MethodSource("org.p2pd.tree.HashTreeTest#blockSizes")
    void leadEverySpanOfManyShapesToTheRoot(BlockSize size) {
      Random random = new Random(size.bytes());
      int[] lengths = {1, LEAF, LEAF + 1, 64 * LEAF, 64 * LEAF + 1, 131 * LEAF - 5, 200 * LEAF};
      for (int length : lengths) {
        byte[] content = randomBytes(length, length);
        ReferenceTree reference = new ReferenceTree(DigestAlgorithm.SHA_256, content);
        Edition edition = reference.edition();
        for (int round = 0; round < 12; round++) {
          Span span = randomSpan(random, size, length);
          byte[] proof = build(reference, edition, span).orElseThrow();
          SpanProof verified = SpanProof.verify(edition, span, proof).orElseThrow();
          assertThat(verified.toBytes()).isEqualTo(proof);
          for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
            assertThat(verified.blockHash(block))
                .isEqualTo(reference.at(new TreeShape(length).block(size, block)));
          }
        }
      }
    }

    @Test
    void failWhenAnyBitOfThemIsFlipped() {
      byte[] content = randomBytes(5, 100 * LEAF + 3);
      ReferenceTree reference = new ReferenceTree(DigestAlgorithm.SHA3_256, content);
      Edition edition = reference.edition();
      Span span = new Span(BlockSize.DEFAULT, 17, 5);
      byte[] proof = build(reference, edition, span).orElseThrow();
      for (int i = 0; i < proof.length; i++) {
        byte[] forged = proof.clone();
        forged[i] ^= (byte) (1 << (i % 8));
        assertThat(SpanProof.verify(edition, span, forged)).as("byte %d", i).isEmpty();
      }
    }

    @Test
    void failInAnotherSizeOrForAnotherSpan() {
      byte[] content = randomBytes(6, 100 * LEAF);
      ReferenceTree reference = new ReferenceTree(DigestAlgorithm.SHA_256, content);
      Edition edition = reference.edition();
      Span span = new Span(BlockSize.DEFAULT, 4, 4);
      byte[] proof = build(reference, edition, span).orElseThrow();
      assertThat(SpanProof.verify(edition, span, Arrays.copyOf(proof, proof.length - 32)))
          .isEmpty();
      assertThat(SpanProof.verify(edition, span, Arrays.copyOf(proof, proof.length + 32)))
          .isEmpty();
      assertThat(SpanProof.verify(edition, span, Arrays.copyOf(proof, proof.length - 1))).isEmpty();
      assertThat(SpanProof.verify(edition, new Span(BlockSize.DEFAULT, 8, 4), proof)).isEmpty();
    }

    @Test
    void areNotMadeWhenAHashIsMissing() {
      byte[] content = randomBytes(7, 100 * LEAF);
      ReferenceTree reference = new ReferenceTree(DigestAlgorithm.SHA_256, content);
      Span span = new Span(BlockSize.DEFAULT, 4, 4);
      assertThat(
              SpanProof.build(
                  content.length,
                  span,
                  node -> node.level() > 3 ? Optional.empty() : Optional.of(reference.at(node))))
          .isEmpty();
    }

    @Test
    void ofTheLongestEditionStayBelowTheirLimit() {
      for (BlockSize size : blockSizes().toList()) {
        int region = (int) (Edition.MAX_LENGTH_BYTES / BlockSize.REGION_BYTES) - 1;
        for (int at : new int[] {0, region / 3, region}) {
          Span span = new Span(size, at * size.blocksPerRegion(), size.blocksPerRegion());
          assertThat(SpanProof.places(Edition.MAX_LENGTH_BYTES, span).size())
              .isLessThanOrEqualTo(SpanProof.MAX_HASHES);
        }
      }
    }

    private Optional<byte[]> build(ReferenceTree reference, Edition edition, Span span) {
      return SpanProof.build(edition.lengthBytes(), span, node -> Optional.of(reference.at(node)));
    }

    private Span randomSpan(Random random, BlockSize size, int length) {
      int first = random.nextInt(size.blockCount(length));
      int perRegion = size.blocksPerRegion();
      int room = Math.min(perRegion - first % perRegion, size.blockCount(length) - first);
      return new Span(size, first, 1 + random.nextInt(room));
    }
  }

  @Test
  void anEmptyEditionsRootIsTheHashOfNothing() {
    assertThat(TreeHasher.emptyRoot(DigestAlgorithm.SHA_256).toHex())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
}
