package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.agent.AgentConfig;
import org.p2pd.node.options.NodeOptions;
import org.p2pd.servlet.P2pdApplication;

/** Looks at the directories and files that the owner named, before anything else is begun. */
final class Directories {

  private Directories() {}

  static void check(AgentConfig config, Sandbox sandbox) throws NodeFailure {
    if (config.role() instanceof AgentConfig.Role.Server server) {
      checkPublic(server.publicDirectory());
    } else if (config.role() instanceof AgentConfig.Role.Cache cache) {
      makeWritable(cache.cacheDirectory(), sandbox);
    }
    checkState(config.state(), sandbox);
  }

  /** The access log is made here: it is to be there before the first response. */
  static void checkAccessLog(Path file, Sandbox sandbox) throws NodeFailure {
    try {
      P2pdApplication.prepareAccessLog(file);
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "cannot write the access log "
              + file
              + " ("
              + e
              + "): name another with --access-log"
              + sandbox
                  .remedy(file.toAbsolutePath().resolveSibling(""))
                  .map(remedy -> "; for this one " + remedy)
                  .orElse(""),
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

  private static void makeWritable(Path directory, Sandbox sandbox) throws NodeFailure {
    if (!Files.exists(directory)) {
      make(directory, sandbox);
    }
    requireDirectory(directory, "cache", "name another with -c DIR");
    if (!Files.isWritable(directory) || !Files.isExecutable(directory)) {
      String chown = "sudo chown " + user() + " '" + directory + "'";
      throw failure(
          "the cache directory "
              + directory
              + " may not be written by "
              + user()
              + ": "
              + sandbox
                  .remedy(directory)
                  .map(remedy -> isOurs(directory) ? remedy : chown + "; and " + remedy)
                  .orElse(chown));
    }
  }

  /** Nothing that only this node and its owner may read can lie where it would be published. */
  static void checkUnpublished(NodeOptions options) throws NodeFailure {
    if (!(options.agent().role() instanceof AgentConfig.Role.Server server)) {
      return;
    }
    Path published = RealPath.of(server.publicDirectory());
    List<Path> own = new ArrayList<>(List.of(options.agent().state()));
    own.addAll(options.agent().secretFiles());
    options.access().accessLog().ifPresent(own::add);
    options.listening().portFile().ifPresent(own::add);
    for (Path file : own) {
      if (RealPath.of(file).startsWith(published)) {
        throw new NodeFailure(
            ExitCode.USAGE,
            file
                + " lies in the public directory "
                + server.publicDirectory()
                + ", and everyone could read it: move it elsewhere");
      }
    }
  }

  /** Of the state directory, which the agent makes, only what the sandbox has to do with it. */
  private static void checkState(Path directory, Sandbox sandbox) throws NodeFailure {
    Optional<String> remedy = sandbox.remedy(directory);
    if (remedy.isPresent()) {
      throw failure("the state directory " + directory + " may not be written: " + remedy.get());
    }
  }

  private static boolean isOurs(Path directory) {
    try {
      return Files.getOwner(directory).getName().equals(user());
    } catch (IOException e) {
      return false; // then the remedy is given for both
    }
  }

  private static void make(Path directory, Sandbox sandbox) throws NodeFailure {
    try {
      StateFiles.makeDirectoryPrivately(directory);
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
              + "'"
              + sandbox.remedy(directory).map(remedy -> "; and " + remedy).orElse(""),
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
