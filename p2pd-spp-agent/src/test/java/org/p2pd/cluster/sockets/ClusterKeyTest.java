package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Secret;

/** The key that all nodes make of one secret, whatever Java they run on. */
class ClusterKeyTest {

  /** The points were computed by another program, with its own arithmetic on the curve. */
  @ParameterizedTest
  @CsvSource({
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f,"
        + "794234cbcbc79558d0bef5282e821ac98272265d9b403f72238cbef8af695b48,"
        + "7de865bdf647e0f910d8d3c91a52038c0f80d7b6bdbb24e9f58d355d51bb2514",
    "6465666768696a6b6c6d6e6f70717273,"
        + "2459233a115c49ed4071084124179dd390b43a0c96ef7ef89df29517575d9878,"
        + "38a6c83d71e7867f55ae0bda1313135031eb1772f56c0e0cf6bb9e7a6ef35a6f"
  })
  void aSecretHasOneKey(String secret, String x, String y) throws MalformedException {
    ClusterKey key = ClusterKey.of(Secret.of(HexFormat.of().parseHex(secret)));
    assertThat(key.publicKey().getW().getAffineX()).isEqualTo(new BigInteger(x, 16));
    assertThat(key.publicKey().getW().getAffineY()).isEqualTo(new BigInteger(y, 16));
  }

  @RepeatedTest(20)
  void itsCertificateIsSignedByItself(RepetitionInfo round) {
    ClusterKey key = ClusterKey.of(Secret.random(new Random(round.getCurrentRepetition())));
    X509Certificate certificate = SelfSigned.of(key);
    assertThatCode(() -> certificate.verify(key.publicKey())).doesNotThrowAnyException();
    assertThatCode(certificate::checkValidity).doesNotThrowAnyException();
    assertThat(certificate.getPublicKey()).isEqualTo(key.publicKey());
    assertThat(certificate.getVersion()).isEqualTo(3);
    assertThat(certificate.getSubjectX500Principal()).hasToString("CN=p2pd-cluster");
  }

  @Test
  void itIsNeverShown() {
    Secret secret = Secret.random(new Random(1));
    assertThat(ClusterKey.of(secret)).hasToString("a cluster key");
  }
}
