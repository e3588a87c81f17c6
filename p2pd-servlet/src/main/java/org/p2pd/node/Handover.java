package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.p2pd.model.NodeId;

/** The commands that leave word for a running node in its state directory. */
final class Handover {

  private Handover() {}

  static String acceptRemovals(Path state) throws NodeFailure {
    leave(state, StateFiles.ACCEPT_REMOVALS, "");
    return "The server withdraws what vanished at its next scan.";
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
