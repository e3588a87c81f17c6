package org.p2pd.e2e.lab;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Programs of the machine: found on the PATH, run to their end within a time. */
public final class Tool {

  private Tool() {}

  /**
   * How a program ended.
   *
   * @param output what it wrote to its standard output
   * @param errors what it wrote to its standard error
   */
  public record Result(List<String> command, int exit, String output, String errors) {

    public Result {
      command = List.copyOf(command);
    }

    /** This, if it ended well; fails with all that it said otherwise. */
    public Result expectSuccess() {
      if (exit != 0) {
        throw new AssertionError(this);
      }
      return this;
    }

    @Override
    public String toString() {
      return String.join(" ", command) + "\nexit " + exit + "\n" + output + "\n" + errors;
    }
  }

  public static Result run(String... command) {
    return run(Waiting.GENEROUS, Path.of("."), List.of(command));
  }

  public static Result run(Duration limit, Path directory, List<String> command) {
    try {
      Path output = Files.createTempFile("p2pd-e2e", ".out");
      Path errors = Files.createTempFile("p2pd-e2e", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly().waitFor();
          throw new AssertionError(
              "still running after " + limit + ": " + command + "\n" + read(output) + read(errors));
        }
        return new Result(command, process.exitValue(), read(output), read(errors));
      } finally {
        Files.deleteIfExists(output);
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", command), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  /** Where the first of these programs lies that the machine has. */
  public static Optional<Path> find(String... names) {
    List<String> directories = Arrays.asList(System.getenv("PATH").split(File.pathSeparator, -1));
    return Arrays.stream(names)
        .flatMap(name -> directories.stream().map(directory -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** As {@link #find}, for a program that {@code deploy/test} installs. */
  public static String require(String... names) {
    return find(names)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "not installed: " + String.join(" or ", names) + "; deploy/test installs it"))
        .toString();
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
