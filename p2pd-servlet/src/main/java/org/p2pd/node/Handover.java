package org.p2pd.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.NodeId;

/** The commands that leave word for a running node in its state directory. */
final class Handover {

  private Handover() {}

  /**
   * Lets the running server withdraw what it withholds. One that withholds nothing, or cannot be
   * asked, is left no word: it would obey it later, when something else is missing.
   */
  static String acceptRemovals(Path state) throws NodeFailure {
    long withheld = withheldRemovals(state, StatusQuery.ask(state));
    if (withheld == 0) {
      return "Nothing is withheld at present, so nothing is to be accepted and nothing was done.";
    }
    leave(state, StateFiles.ACCEPT_REMOVALS, "");
    return "Titles that are withheld: "
        + withheld
        + ". The server withdraws those whose files its next scan, in a moment, does not find.";
  }

  private static long withheldRemovals(Path state, String status) throws NodeFailure {
    JsonNode said;
    try {
      said = new ObjectMapper().readTree(status);
    } catch (JsonProcessingException e) {
      throw cannotTell(state, e);
    }
    if (said.path("role").asText().equals("cache")) {
      throw new NodeFailure(
          ExitCode.USAGE,
          "the node of "
              + state
              + " is a cache, which withdraws nothing by itself: name the server, with --state DIR");
    }
    JsonNode withheld = said.path("counters").path("withheld_removals");
    if (!withheld.isIntegralNumber()) {
      throw cannotTell(state, null);
    }
    return withheld.asLong();
  }

  private static NodeFailure cannotTell(Path state, @Nullable Throwable cause) {
    return new NodeFailure(
        ExitCode.FAILED,
        "the node of "
            + state
            + " does not say what it withholds, so nothing was done: see its log",
        cause);
  }

  static String trust(Path state, NodeId fingerprint) throws NodeFailure {
    leave(state, StateFiles.TRUST, fingerprint + "\n");
    return "The cache believes the key " + fingerprint + " from now on.";
  }

  private static void leave(Path state, String name, String text) throws NodeFailure {
    if (!Files.isDirectory(state)) {
      throw new NodeFailure(
          ExitCode.NOT_RUNNING,
          "there is no state directory "
              + state
              + ": name the node as it was started, with -c DIR or --state DIR");
    }
    try {
      StateFiles.writePrivately(state.resolve(name), text);
    } catch (IOException e) {
      throw new NodeFailure(
          ExitCode.CANNOT_START,
          "cannot write to " + state + " (" + e + "): run this as the user that runs the node",
          e);
    }
  }
}
