package org.p2pd.node.options.manual;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page: prose that was written by hand, with options and commands put in from the option
 * table.
 */
final class ManualPage {

  private final CommandSpec table;

  ManualPage(CommandSpec table) {
    this.table = table;
  }

  /**
   * The page in roff.
   *
   * @param prose the page with {@code @OPTIONS@}, {@code @COMMANDS@}, {@code @VERSION@} and
   *     {@code @DATE@} where these go
   */
  String fill(String prose, String version, String date) {
    String page = prose;
    for (Map.Entry<String, String> part :
        Map.of(
                "@OPTIONS@\n", options(),
                "@COMMANDS@\n", commands(),
                "@VERSION@", Roff.text(version),
                "@DATE@", Roff.text(date))
            .entrySet()) {
      if (!page.contains(part.getKey())) {
        throw new IllegalArgumentException("the prose has no place " + part.getKey().strip());
      }
      page = page.replace(part.getKey(), part.getValue());
    }
    return page;
  }

  /** The options below a heading for each group, as in the help. */
  private String options() {
    StringBuilder roff = new StringBuilder();
    table
        .mixins()
        .forEach(
            (heading, group) ->
                roff.append(Roff.subsection(heading)).append(options(group.options())));
    return roff.toString();
  }

  private String commands() {
    StringBuilder roff = new StringBuilder();
    table
        .subcommands()
        .forEach((name, command) -> roff.append(command(name, command.getCommandSpec())));
    return roff.toString();
  }

  private static String command(String name, CommandSpec command) {
    StringBuilder synopsis = new StringBuilder(Roff.bold("p2pd " + name));
    if (command.options().stream().anyMatch(option -> !option.usageHelp())) {
      synopsis.append(" [").append(Roff.italic("OPTIONS")).append(']');
    }
    for (PositionalParamSpec parameter : command.positionalParameters()) {
      synopsis.append(' ').append(Roff.italic(parameter.paramLabel()));
    }
    String words =
        String.join(" ", command.usageMessage().header())
            + ". "
            + String.join(" ", command.usageMessage().description());
    String own = options(command.options().stream().filter(option -> !option.usageHelp()).toList());
    return Roff.tagged(synopsis.toString(), plain(words))
        + (own.isEmpty() ? "" : ".RS\n" + own + ".RE\n");
  }

  private static String options(List<OptionSpec> options) {
    return options.stream()
        .map(option -> Roff.tagged(tag(option), plain(String.join(" ", option.description()))))
        .collect(Collectors.joining());
  }

  private static String tag(OptionSpec option) {
    String names =
        List.of(option.names()).stream().map(Roff::bold).collect(Collectors.joining(", "));
    if (option.arity().max() == 0) {
      return names;
    }
    String label = Roff.italic(option.paramLabel());
    return names + " " + (option.arity().min() == 0 ? "[" + label + "]" : label);
  }

  /** The table's texts are formats. */
  private static String plain(String format) {
    return CommandLine.Help.Ansi.OFF.string(format);
  }
}
