package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.Title;

/** Publishing in a process of its own: in the C locale, and as somebody who may not read all. */
@Tag("e2e")
class ForeignLocaleTest {

  private static final String[] NAMES = {
    "plain.mp4", "a b+c%.mp4", "é.mp4", "映画.mp4", "\uD83C\uDFAC.mp4"
  };

  /** Root may read everything, unless it gives that up. */
  private static final String[] OBEYING_RIGHTS = {
    "setpriv", "--bounding-set=-dac_override,-dac_read_search"
  };

  @TempDir Path temp;
  private Path media;
  private Process process;
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void make() throws IOException {
    media = Files.createDirectory(temp.resolve("media"));
    Files.createDirectory(temp.resolve("state"));
  }

  private static void setRights(Path path, String rights) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(rights));
  }

  private Path file(String name) {
    return new PublicTree(media).fileOf(new Title("/" + name));
  }

  private void start(String... wrapper) throws IOException {
    List<String> command = new ArrayList<>(List.of(wrapper));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "-Djna.tmpdir=" + temp,
            PublishMain.class.getName(),
            media.toString(),
            temp.resolve("state").toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C");
    process = builder.start();
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
                out.lines().forEach(lines::add);
              } catch (IOException e) {
                lines.add(e.toString());
              }
            });
    reader.start();
  }

  @AfterEach
  void end() throws IOException {
    process.getOutputStream().close();
    assertThat(process.onExit().orTimeout(60, java.util.concurrent.TimeUnit.SECONDS).join())
        .satisfies(p -> assertThat(p.exitValue()).isZero());
  }

  private void awaitLine(String line) {
    await()
        .atMost(PublicDirectory.LONG)
        .untilAsserted(
            () -> assertThat(List.copyOf(lines)).anyMatch(printed -> printed.contains(line)));
  }

  private static String encoded(String name) {
    return URLEncoder.encode("/" + name, StandardCharsets.UTF_8);
  }

  @Test
  void everyNameWorksInTheLocaleC() throws IOException {
    for (String name : NAMES) {
      Files.write(file(name), PublicDirectory.random(100_000, name.hashCode()));
    }
    start();
    for (String name : NAMES) {
      awaitLine("published " + encoded(name) + " 65536 same");
    }
    Files.write(file("später é.mp4"), new byte[1000]);
    awaitLine("published " + encoded("später é.mp4") + " 1000 same");
    Files.delete(file("映画.mp4"));
    awaitLine("removed " + encoded("映画.mp4"));
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  @Test
  void whatMayNotBeReadIsNamedAndMended() throws IOException {
    Files.write(file("ok.mp4"), new byte[1000]);
    Files.write(file("dark.mp4"), new byte[2000]);
    setRights(file("dark.mp4"), "---------");
    start(isRoot() ? OBEYING_RIGHTS : new String[0]);
    awaitLine("published " + encoded("ok.mp4") + " 1000 same");
    awaitLine("chmod a+r '" + file("dark.mp4") + "'");
    awaitLine("scanComplete");
    setRights(file("dark.mp4"), "rw-r--r--");
    problemsUntil("published " + encoded("dark.mp4") + " 2000 same");

    setRights(media, "---------");
    problemsUntil("chmod a+rx " + media);
    setRights(media, "rwxrwxrwx");
    Files.write(file("later.mp4"), new byte[3000]);
    awaitLine("published " + encoded("later.mp4") + " 3000 same");
    assertThat(lines).noneMatch(line -> line.startsWith("removed"));
  }

  /** Asks for the problems again and again until that line was printed. */
  private void problemsUntil(String line) {
    await()
        .atMost(PublicDirectory.LONG.multipliedBy(3))
        .untilAsserted(
            () -> {
              process.getOutputStream().write('p');
              process.getOutputStream().flush();
              assertThat(List.copyOf(lines)).anyMatch(printed -> printed.contains(line));
            });
  }
}
