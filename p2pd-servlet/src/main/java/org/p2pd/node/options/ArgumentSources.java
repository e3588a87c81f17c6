package org.p2pd.node.options;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts together one list of arguments from all places they may come from: {@code P2PD_OPTIONS}
 * first, then the arguments, each {@code @FILE} replaced by what the file says. Later ones win.
 */
final class ArgumentSources {

  /** The environment's variable. */
  static final String VARIABLE = "P2PD_OPTIONS";

  /** How deep files may name files; a file that names itself ends there. */
  static final int MAX_FILE_DEPTH = 8;

  /** The longest file of options, in bytes. */
  static final int MAX_FILE_BYTES = 256 * 1024;

  private ArgumentSources() {}

  static List<String> gather(List<String> arguments, Surroundings surroundings)
      throws UsageException {
    List<String> all = new ArrayList<>();
    String variable = surroundings.environment().getOrDefault(VARIABLE, "");
    addExpanded(all, OptionText.split(variable, VARIABLE), Path.of(""), 0);
    addExpanded(all, arguments, Path.of(""), 0);
    return List.copyOf(all);
  }

  /**
   * @param base where relative file names begin: a file's own directory for those it names
   */
  private static void addExpanded(List<String> all, List<String> arguments, Path base, int depth)
      throws UsageException {
    for (String argument : arguments) {
      if (argument.length() < 2 || argument.charAt(0) != '@') {
        all.add(argument);
        continue;
      }
      if (depth == MAX_FILE_DEPTH) {
        throw new UsageException(
            argument + " is named " + depth + " files deep; does a file name itself?");
      }
      Path file = file(argument, base);
      Path directory = file.toAbsolutePath().resolveSibling("");
      addExpanded(all, OptionText.split(read(file, argument), argument), directory, depth + 1);
    }
  }

  private static Path file(String argument, Path base) throws UsageException {
    try {
      return base.resolve(argument.substring(1));
    } catch (InvalidPathException e) {
      throw new UsageException(argument + " is no file name: " + e.getReason(), e);
    }
  }

  private static String read(Path file, String argument) throws UsageException {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new UsageException(
            argument
                + " has more than "
                + MAX_FILE_BYTES / 1024
                + " KiB: that is no file of options");
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new UsageException(argument + " is not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new UsageException(
          argument + " cannot be read: give the name of a readable file of options (" + e + ")", e);
    }
  }
}
