package org.p2pd.node.options.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.p2pd.node.ExitCode;
import org.p2pd.node.options.OptionsReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ManualPageTest {

  private static final CommandSpec TABLE = OptionsReader.table().getCommandSpec();

  private static String page() throws IOException {
    return new ManualPage(TABLE)
        .fill(Files.readString(Path.of("../deploy/man/p2pd.8.in")), "1.2", "2026-11-01");
  }

  @Test
  void hasEachOptionAndCommandOfTheTable() throws IOException {
    String page = page();
    for (OptionSpec option : TABLE.options()) {
      for (String name : option.names()) {
        assertThat(page).contains("\\fB" + name.replace("-", "\\-") + "\\fR");
      }
    }
    TABLE
        .subcommands()
        .keySet()
        .forEach(
            name -> assertThat(page).contains("\\fBp2pd " + name.replace("-", "\\-") + "\\fR"));
    assertThat(page).doesNotContain("@OPTIONS@").doesNotContain("%%").contains("\"p2pd 1.2\"");
  }

  @Test
  void namesEachExitCode() throws IOException {
    String page = page();
    String codes = page.substring(page.indexOf(".SH EXIT STATUS"), page.indexOf(".SH EXAMPLES"));
    assertThat(codes.lines().filter(line -> line.matches("\\.B [0-9]+")))
        .containsExactlyElementsOf(
            Stream.of(ExitCode.values()).map(code -> ".B " + code.code()).toList());
  }

  @Test
  void refusesProseWithoutAPlaceForTheOptions() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ManualPage(TABLE).fill("no place\n", "1", "2026"));
  }

  @Test
  void textShowsAsItIs() {
    assertThat(Roff.text("a\\b -x `~^' \"é\""))
        .isEqualTo("a\\eb \\-x \\(ga\\(ti\\(ha\\(aq \\(dq\\[u00E9]\\(dq");
    assertThat(Roff.text(".dot\n 'next")).isEqualTo("\\&.dot \\(aqnext");
  }

  @Test
  void theChangeLogIsAsDebianReadsIt() {
    assertThat(
            PackageDocuments.changeLog(
                PackageDocuments.debianVersion("1.0.0-SNAPSHOT"),
                "A <a@example.com>",
                Instant.parse("2026-11-01T00:00:00Z")))
        .startsWith("p2pd (1.0.0~snapshot) unstable; urgency=medium\n\n  * ")
        .endsWith("\n\n -- A <a@example.com>  Sun, 01 Nov 2026 00:00:00 +0000\n");
  }

  @Test
  void whatIsCompressedTwiceIsTheSame() throws IOException {
    byte[] file = PackageDocuments.compressed("text\n".repeat(100));
    assertThat(file).isEqualTo(PackageDocuments.compressed("text\n".repeat(100)));
    try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(file))) {
      assertThat(new String(gzip.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo("text\n".repeat(100));
    }
  }

  @Test
  void theCompletionKnowsDigestsByTheirNamesOnTheCommandLine() {
    assertThat(PackageDocuments.completion(OptionsReader.table()))
        .contains("SHA-512/256")
        .doesNotContain("SHA_256")
        .doesNotContain("#!");
    assertThat(List.of(TABLE.findOption("-m").completionCandidates().iterator().next()))
        .containsExactly("SHA-256");
  }
}
