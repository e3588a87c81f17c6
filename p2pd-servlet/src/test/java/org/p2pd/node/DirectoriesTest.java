package org.p2pd.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.agent.AgentConfig;
import org.p2pd.agent.AgentConfig.ParentAddress;
import org.p2pd.agent.AgentConfig.Role;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;

class DirectoriesTest {

  @TempDir Path directory;

  private static void check(Role role) throws NodeFailure {
    check(role, new Sandbox(Optional.empty(), new MountTable("")));
  }

  private static void check(Role role, Sandbox sandbox) throws NodeFailure {
    Directories.check(
        new AgentConfig(
            role,
            Path.of("/state"),
            false,
            BlockSize.DEFAULT,
            1,
            List.of(),
            Optional.empty(),
            Optional.empty(),
            AgentConfig.Cluster.DEFAULT),
        sandbox);
  }

  private static Role server(Path media) {
    return new Role.Server(media, DigestAlgorithm.SHA_256, Duration.ZERO, false, false);
  }

  private static Role cache(Path cache) {
    return new Role.Cache(
        cache, OptionalLong.empty(), List.of(new ParentAddress("h", 1, "")), List.of(), false);
  }

  @Test
  void aMissingPublicDirectoryIsNotMade() {
    Path missing = directory.resolve("missing");

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(server(missing)))
        .withMessageContaining(missing + " does not exist: make it");
    assertThat(missing).doesNotExist();
  }

  @Test
  void aFileIsNoDirectory() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(server(file)))
        .withMessageContaining("is not a directory");
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(cache(file)))
        .withMessageContaining("is not a directory");
  }

  @Test
  void aMissingCacheDirectoryIsMade() throws Exception {
    Path missing = directory.resolve("a/b");

    check(cache(missing));

    assertThat(missing).isDirectory();
  }

  @Test
  void aCacheDirectoryThatCannotBeMadeIsNamedWithTheRemedy() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(cache(file.resolve("below"))))
        .withMessageContaining("sudo install -d");
  }

  @Test
  void aForbiddenDirectoryIsNamedWithTheRemedy() throws Exception {
    Path forbidden = Files.createDirectory(directory.resolve("forbidden"));
    Files.setPosixFilePermissions(forbidden, PosixFilePermissions.fromString("---------"));
    // Root may do everything.
    assumeThat(Files.isReadable(forbidden)).isFalse();

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(server(forbidden)))
        .withMessageContaining("chmod a+rx");
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(cache(forbidden)))
        .withMessageContaining("sudo chown");
  }

  @Test
  void whatASandboxForbidsIsNamedWithTheDropIn() throws Exception {
    Path file = Files.createFile(directory.resolve("file"));
    Sandbox sandbox =
        new Sandbox(
            Optional.of(new SystemdUnit("p2pd-cache.service", false)),
            new MountTable("1 0 8:1 / / ro - ext4 /dev/sda rw\n"));

    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(cache(file.resolve("below")), sandbox))
        .withMessageContaining("sudo install -d")
        .withMessageContaining("ReadWritePaths=" + file.resolve("below") + "\n");
    assertThatExceptionOfType(NodeFailure.class)
        .isThrownBy(() -> check(server(directory), sandbox))
        .withMessageContaining("ReadWritePaths=/state\n");
  }
}
