package org.p2pd.node.options.manual;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.p2pd.node.options.OptionsReader;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes what a package has beside the war: the manual page, the completion, the change log. Run by
 * the build; the same input gives the same bytes.
 */
public final class PackageDocuments {

  /** Where RFC 1952 says how hard it was compressed. */
  private static final int GZIP_EXTRA_FLAGS = 8;

  private static final byte GZIP_HARDEST = 2;

  private PackageDocuments() {}

  /**
   * @param arguments the page's prose, the directory to write to, the version, who maintains the
   *     package, the time of the build in ISO 8601
   */
  public static void main(String[] arguments) throws IOException {
    String prose = Files.readString(Path.of(arguments[0]));
    Path directory = Files.createDirectories(Path.of(arguments[1]));
    String version = arguments[2];
    Instant built = Instant.parse(arguments[4]);
    CommandLine table = OptionsReader.table();
    String day = DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneOffset.UTC).format(built);
    write(
        directory.resolve("p2pd.8.gz"),
        compressed(new ManualPage(table.getCommandSpec()).fill(prose, version, day)));
    write(directory.resolve("p2pd.bash"), bytes(completion(table)));
    write(
        directory.resolve("changelog.gz"),
        compressed(changeLog(debianVersion(version), arguments[3], built)));
  }

  /** For bash; for zsh too, after its bashcompinit. Installed as a file that is only read in. */
  static String completion(CommandLine table) {
    String script = AutoComplete.bash("p2pd", table);
    // Its head is a shell's first line and how to install it by hand.
    return "# Completes p2pd's options; made from its option table by picocli.\n"
        + script.substring(script.indexOf("\nif [ -n"));
  }

  /** A snapshot sorts before its release by a tilde; as the tool that builds the package has it. */
  static String debianVersion(String version) {
    return version.replaceFirst("-SNAPSHOT$", "~snapshot");
  }

  /** In Debian's form, which asks for one; what changed stands in the project's history. */
  static String changeLog(String version, String maintainer, Instant built) {
    String date =
        DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss Z", Locale.ROOT)
            .withZone(ZoneOffset.UTC)
            .format(built);
    return """
        p2pd (%s) unstable; urgency=medium

          * Built by Maven from p2pd's source; its history tells what changed.

         -- %s  %s
        """
        .formatted(version, maintainer, date);
  }

  static byte[] compressed(String text) throws IOException {
    ByteArrayOutputStream compressed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new Hardest(compressed)) {
      gzip.write(bytes(text));
    }
    byte[] file = compressed.toByteArray();
    file[GZIP_EXTRA_FLAGS] = GZIP_HARDEST;
    return file;
  }

  private static final class Hardest extends GZIPOutputStream {
    Hardest(ByteArrayOutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
