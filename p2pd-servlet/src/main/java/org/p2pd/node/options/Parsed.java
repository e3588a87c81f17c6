package org.p2pd.node.options;

import java.nio.file.Path;
import org.p2pd.model.NodeId;

/** What the options ask for. */
public sealed interface Parsed {

  /** Run a node. */
  record Serve(NodeOptions options) implements Parsed {}

  /** Print this: help, or the version. */
  record Show(String text) implements Parsed {}

  /** Make a secret that nodes may share. */
  record MakeSecret(Path file) implements Parsed {}

  /** Print what the node with that state directory says of itself. */
  record ShowStatus(Path state) implements Parsed {}

  /** Let the server with that state directory withdraw what vanished. */
  record AcceptRemovals(Path state) implements Parsed {}

  /** Let the cache with that state directory believe another server key. */
  record Trust(Path state, NodeId fingerprint) implements Parsed {}
}
