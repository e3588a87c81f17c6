package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;

class MemberSecretTest {

  private final Secret one = Secret.random(new SecureRandom());
  private final Secret other = Secret.random(new SecureRandom());
  private @TempDir Path directory;

  @Test
  void isAskedOfAMemberByWhoHasNone() {
    Secrets secrets = Secrets.handed(directory.resolve("secret"));
    MemberSecret member = new MemberSecret(secrets);
    assertThat(member.mayAsk()).isTrue();
    member.take(one);
    assertThat(member.spoken()).contains(one);
    assertThat(member.mayAsk()).isFalse();
    assertThat(Secrets.handed(directory.resolve("secret")).spoken()).contains(one);
  }

  @Test
  void ofTheParentIsNotReplacedByAMembers() {
    Secrets secrets = Secrets.handed(directory.resolve("secret"));
    secrets.take(one);
    new MemberSecret(secrets).take(other);
    assertThat(secrets.spoken()).contains(one);
    secrets.take(other);
    assertThat(new MemberSecret(secrets).spoken()).contains(other);
  }

  @Test
  void thatTheOwnerGaveIsTheOwners() {
    for (Secrets secrets :
        List.of(
            Secrets.given(List.of(one)), Secrets.derived(Secret.derivedFrom(NodeKey.generate())))) {
      MemberSecret member = new MemberSecret(secrets);
      assertThat(member.mayAsk()).isFalse();
      member.take(other);
      assertThat(member.spoken()).isPresent().isNotEqualTo(java.util.Optional.of(other));
    }
  }
}
