package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.p2pd.agent.AgentConfig;

/** Looks at the directories and files that the owner named, before anything else is begun. */
final class Directories {

  private Directories() {}

  static void check(AgentConfig config) throws NodeFailure {
    if (config.role() instanceof AgentConfig.Role.Server server) {
      checkPublic(server.publicDirectory());
    } else if (config.role() instanceof AgentConfig.Role.Cache cache) {
      refuseReadOnly("cache", cache.cacheDirectory());
      makeWritable(cache.cacheDirectory());
    }
    refuseReadOnly("state", config.state());
  }

  /** The access log is made here: it is to be there before the first response. */
  static void checkAccessLog(Path file) throws NodeFailure {
    try {
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "cannot write the access log " + file + " (" + e + "): name another with --access-log",
          e);
    }
  }

  private static void checkPublic(Path directory) throws NodeFailure {
    requireDirectory(directory, "public", "make it, or name another with -p DIR");
    if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
      throw failure(
          "the public directory "
              + directory
              + " may not be read by "
              + user()
              + ": sudo chmod a+rx '"
              + directory
              + "'");
    }
  }

  /** Neither owner nor permissions mend a place where nothing at all may be written. */
  private static void refuseReadOnly(String kind, Path directory) throws NodeFailure {
    Optional<String> remedy = ReadOnlyMounts.remedy(directory);
    if (remedy.isPresent()) {
      throw failure(
          "the " + kind + " directory " + directory + " cannot be written: " + remedy.get());
    }
  }

  private static void makeWritable(Path directory) throws NodeFailure {
    if (!Files.exists(directory)) {
      make(directory);
    }
    requireDirectory(directory, "cache", "name another with -c DIR");
    if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
      throw failure(
          "the cache directory "
              + directory
              + " may not be written by "
              + user()
              + ": sudo chown "
              + user()
              + " '"
              + directory
              + "'");
    }
  }

  private static void make(Path directory) throws NodeFailure {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "the cache directory "
              + directory
              + " is missing and cannot be made ("
              + e
              + "): sudo install -d -o "
              + user()
              + " '"
              + directory
              + "'",
          e);
    }
  }

  private static void requireDirectory(Path directory, String kind, String remedy)
      throws NodeFailure {
    if (!Files.exists(directory)) {
      throw failure("the " + kind + " directory " + directory + " does not exist: " + remedy);
    }
    if (!Files.isDirectory(directory)) {
      throw failure("the " + kind + " directory " + directory + " is not a directory: " + remedy);
    }
  }

  private static String user() {
    return System.getProperty("user.name", "this user");
  }

  private static NodeFailure failure(String message) {
    return new NodeFailure(ExitCode.CANNOT_START, message);
  }
}
