package org.p2pd.node.options;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reads options, wherever they come from, into what they ask for. */
public final class OptionsReader {

  private static final Set<String> MAY_HAVE_SUBNET =
      Set.of("-N", "--http-clients", "-n", "--recursive");

  private final Surroundings surroundings;
  private final String version;

  /**
   * @param version what {@code --version} shows
   */
  public OptionsReader(Surroundings surroundings, String version) {
    this.surroundings = surroundings;
    this.version = version;
  }

  /** The arguments of a process, after those in its environment. */
  public Parsed readArguments(List<String> arguments) throws UsageException {
    return read(ArgumentSources.gather(arguments, surroundings));
  }

  /**
   * Options in one text, for a node that must be run.
   *
   * @param origin where the text comes from, for messages
   */
  public NodeOptions readText(String text, String origin) throws UsageException {
    Parsed parsed = read(ArgumentSources.gather(OptionText.split(text, origin), surroundings));
    if (parsed instanceof Parsed.Serve serve) {
      return serve.options();
    }
    throw new UsageException(origin + " must say how to run a node, not ask for a command or help");
  }

  private Parsed read(List<String> arguments) throws UsageException {
    Grammar grammar = new Grammar();
    CommandLine line = commandLine(grammar);
    try {
      ParseResult result = line.parseArgs(arguments.toArray(String[]::new));
      Optional<Parsed> shown = shown(result);
      if (shown.isPresent()) {
        return shown.get();
      }
      if (result.subcommand() != null) {
        Commands.Word word = (Commands.Word) result.subcommand().commandSpec().userObject();
        return word.parsed(grammar, surroundings);
      }
      return new Parsed.Serve(new Completion(grammar, surroundings).complete());
    } catch (UnmatchedArgumentException e) {
      throw new UsageException(refusal(e, arguments), command(e), e);
    } catch (ParameterException e) {
      throw new UsageException(sentence(String.valueOf(e.getMessage())), command(e), e);
    }
  }

  /** All options and commands with their descriptions, for manuals. */
  public static CommandLine table() {
    return commandLine(new Grammar());
  }

  private static CommandLine commandLine(Grammar grammar) {
    CommandLine line =
        new CommandLine(grammar)
            .addSubcommand(new Commands.Secret())
            .addSubcommand(new Commands.Status())
            .addSubcommand(new Commands.AcceptRemovals())
            .addSubcommand(new Commands.Trust());
    line.setExpandAtFiles(false); // ArgumentSources does, one way for all.
    line.setOverwrittenOptionsAllowed(true);
    line.setUsageHelpWidth(100);
    line.setUsageHelpLongOptionsMaxWidth(40);
    line.getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionsReader::optionsByGroup);
    return line;
  }

  /** The options below a heading for each group. */
  private static String optionsByGroup(Help help) {
    StringBuilder text = new StringBuilder();
    help.commandSpec()
        .mixins()
        .forEach(
            (heading, group) -> {
              Help.Layout layout = help.createDefaultLayout();
              layout.addAllOptions(group.options(), help.parameterLabelRenderer());
              text.append(String.format("%n%s%n%s", heading, layout));
            });
    return text.toString();
  }

  private Optional<Parsed> shown(ParseResult result) {
    for (ParseResult r = result; r != null; r = r.subcommand()) {
      if (r.isUsageHelpRequested()) {
        StringWriter text = new StringWriter();
        r.commandSpec().commandLine().usage(new PrintWriter(text), Help.Ansi.OFF);
        return Optional.of(new Parsed.Show(text.toString()));
      }
    }
    return result.isVersionHelpRequested()
        ? Optional.of(new Parsed.Show("p2pd " + version + System.lineSeparator()))
        : Optional.empty();
  }

  private static String command(ParameterException e) {
    return e.getCommandLine().getCommandSpec().qualifiedName();
  }

  private static String refusal(UnmatchedArgumentException e, List<String> arguments) {
    CommandLine line = e.getCommandLine();
    String word =
        e.getUnmatched().stream()
            .filter(w -> w.startsWith("-"))
            .findFirst()
            .orElseGet(() -> e.getUnmatched().get(0));
    int at = arguments.indexOf(word);
    if (at > 0 && MAY_HAVE_SUBNET.contains(arguments.get(at - 1))) {
      // What cannot be a subnet was not taken for the option's value.
      return arguments.get(at - 1) + ": " + OptionTypes.ClientsType.refusal(word);
    }
    return Refusals.of(
        word, line.getCommandSpec().optionsMap().keySet(), line.getSubcommands().keySet());
  }

  private static String sentence(String message) {
    return message.strip().replaceAll("\\s+", " ");
  }
}
