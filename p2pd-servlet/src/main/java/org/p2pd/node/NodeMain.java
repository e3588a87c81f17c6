package org.p2pd.node;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.node.options.OptionsReader;
import org.p2pd.node.options.Parsed;
import org.p2pd.node.options.Surroundings;
import org.p2pd.node.options.UsageException;
import org.p2pd.spp.SecretFile;

/** The process: reads its options, does what they ask for, ends with a code. */
public final class NodeMain {

  private final Surroundings surroundings;
  private final AgentOpener opener;
  private final PrintStream data;
  private final PrintStream messages;

  /**
   * @param data what was asked for goes here: standard output
   * @param messages what went wrong goes here: standard error
   */
  NodeMain(Surroundings surroundings, AgentOpener opener, PrintStream data, PrintStream messages) {
    this.surroundings = surroundings;
    this.opener = opener;
    this.data = data;
    this.messages = messages;
  }

  /** Called by the launcher, by name. */
  public static void main(String[] arguments) {
    NodeMain main =
        new NodeMain(Surroundings.ofProcess(), AgentOpener.STANDARD, System.out, System.err);
    System.exit(main.run(List.of(arguments)).code());
  }

  /** Does all of it; for a node, returns when it ends by itself. */
  ExitCode run(List<String> arguments) {
    try {
      Parsed parsed = new OptionsReader(surroundings, Version.text()).readArguments(arguments);
      return run(parsed, arguments);
    } catch (UsageException e) {
      messages.println("p2pd: " + e.getMessage());
      optionFiles(arguments).ifPresent(files -> messages.println("its options are in " + files));
      messages.println(e.command() + " --help lists all options");
      return ExitCode.USAGE;
    } catch (NodeFailure e) {
      messages.println("p2pd: " + e.getMessage());
      return e.exitCode();
    }
  }

  /** Where to look besides the command line, which may be another's, such as a unit's. */
  private static Optional<String> optionFiles(List<String> arguments) {
    String files =
        arguments.stream()
            .filter(word -> word.length() > 1 && word.startsWith("@"))
            .map(word -> word.substring(1))
            .collect(Collectors.joining(", "));
    return files.isEmpty() ? Optional.empty() : Optional.of(files);
  }

  private ExitCode run(Parsed parsed, List<String> arguments) throws NodeFailure {
    if (parsed instanceof Parsed.Serve serve) {
      return serve(serve.options(), arguments);
    }
    if (parsed instanceof Parsed.Show show) {
      data.print(show.text());
    } else if (parsed instanceof Parsed.ShowStatus status) {
      data.println(StatusQuery.ask(status.state()));
    } else if (parsed instanceof Parsed.AcceptRemovals accept) {
      messages.println(Handover.acceptRemovals(accept.state()));
    } else if (parsed instanceof Parsed.Trust trust) {
      messages.println(Handover.trust(trust.state(), trust.fingerprint()));
    } else if (parsed instanceof Parsed.MakeSecret secret) {
      makeSecret(secret);
    }
    data.flush();
    return ExitCode.OK;
  }

  private ExitCode serve(NodeOptions options, List<String> arguments) throws NodeFailure {
    if (options.running().detach() && !Detached.isChild(surroundings.environment())) {
      return new Detached(messages).start(options, arguments);
    }
    LogLevels.set(options.running().debug());
    try (EndOfProcess end = EndOfProcess.onSignal()) {
      NodeProcess node = NodeProcess.start(options, opener);
      end.closesFirst(node);
      Detached.tellParent(surroundings.environment(), data);
      ServiceManager.tellReady(surroundings.environment());
      end.await();
    }
    return ExitCode.OK;
  }

  private void makeSecret(Parsed.MakeSecret secret) throws NodeFailure {
    try {
      SecretFile.create(secret.file(), new SecureRandom());
    } catch (IOException e) {
      throw new NodeFailure(ExitCode.CANNOT_START, "cannot make the secret: " + reason(e), e);
    }
    messages.println(
        "Made "
            + secret.file()
            + "; copy it to every node, readable by its user only, and start all of them with"
            + " --secret-file "
            + secret.file().getFileName());
  }

  private static String reason(IOException e) {
    return e instanceof NoSuchFileException
        ? "there is no directory for " + e.getMessage() + "; make it first"
        : String.valueOf(e.getMessage());
  }
}
