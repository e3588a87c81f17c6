package org.p2pd.node.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.NodeId;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The small commands as they are written; what they do is the node package's. */
final class Commands {

  private Commands() {}

  /** A command's words. */
  interface Word {
    Parsed parsed(Grammar before, Surroundings surroundings) throws UsageException;
  }

  /** Which node a command is about: named like when it was started, before or after the command. */
  static final class Node {
    @Option(
        names = "--state",
        paramLabel = "DIR",
        description =
            "the node's state directory (default: that of the cache; without -c that of a server"
                + " started without --state)")
    @Nullable Path state;

    @Option(
        names = {"-c", "--cache"},
        paramLabel = "DIR",
        description = "the cache directory of the cache that is meant")
    @Nullable Path cache;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "show this")
    boolean help;

    Path state(Grammar before, Surroundings surroundings) {
      return Completion.state(
          state == null ? before.storage.state : state,
          cache == null ? before.role.cacheDirectory : cache,
          surroundings);
    }
  }

  @Command(
      name = "secret",
      header = "Makes a secret for the nodes of a network",
      description =
          "The file is readable by its owner only. Copy it to each node and start all of them with"
              + " --secret-file FILE.")
  static final class Secret implements Word {
    @Parameters(paramLabel = "FILE", description = "the file to make; must not exist")
    @Nullable Path file;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "show this")
    boolean help;

    @Override
    public Parsed parsed(Grammar before, Surroundings surroundings) throws UsageException {
      if (file == null) {
        throw new UsageException("say where the secret goes: p2pd secret FILE");
      }
      return new Parsed.MakeSecret(file.toAbsolutePath().normalize());
    }
  }

  @Command(
      name = "status",
      header = "Shows what a running node says of itself",
      description =
          "The node is one of this machine and this user; what it says is JSON. One that was started with a file of options: p2pd @FILE status")
  static final class Status implements Word {
    @Mixin Node node = new Node();

    @Override
    public Parsed parsed(Grammar before, Surroundings surroundings) {
      return new Parsed.ShowStatus(node.state(before, surroundings));
    }
  }

  @Command(
      name = "accept-removals",
      header = "Lets a server withdraw what vanished",
      description =
          "Tells a running server that the files which vanished from its public directory, and whose"
              + " titles it withholds from being withdrawn, were removed on purpose. Where nothing is"
              + " withheld it does nothing, and says so.")
  static final class AcceptRemovals implements Word {
    @Mixin Node node = new Node();

    @Override
    public Parsed parsed(Grammar before, Surroundings surroundings) {
      return new Parsed.AcceptRemovals(node.state(before, surroundings));
    }
  }

  @Command(
      name = "trust",
      header = "Lets a cache believe another server key",
      description =
          "From now on it believes the key with this fingerprint, in place of the one that it"
              + " knew.")
  static final class Trust implements Word {
    @Mixin Node node = new Node();

    @Parameters(
        paramLabel = "FINGERPRINT",
        converter = OptionTypes.Fingerprint.class,
        description = "as the log names it")
    @Nullable NodeId fingerprint;

    @Override
    public Parsed parsed(Grammar before, Surroundings surroundings) throws UsageException {
      if (fingerprint == null) {
        throw new UsageException("say which key: p2pd trust FINGERPRINT");
      }
      return new Parsed.Trust(node.state(before, surroundings), fingerprint);
    }
  }
}
