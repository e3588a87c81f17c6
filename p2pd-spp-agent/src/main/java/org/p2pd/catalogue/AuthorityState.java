package org.p2pd.catalogue;

import java.util.Optional;
import org.p2pd.model.NodeId;

/** Whose catalogue a replica believes. */
public sealed interface AuthorityState {

  /** What is wrong and what to do about it, in one sentence; nothing if all is well. */
  Optional<String> problem();

  /** No key was shown yet. */
  record Unknown() implements AuthorityState {
    @Override
    public Optional<String> problem() {
      return Optional.empty();
    }
  }

  /** The owner named the key; no batch of it has come yet. */
  record Expected(NodeId expected) implements AuthorityState {
    @Override
    public Optional<String> problem() {
      return Optional.empty();
    }
  }

  record Pinned(NodeId believed) implements AuthorityState {
    @Override
    public Optional<String> problem() {
      return Optional.empty();
    }
  }

  /** Shown by siblings alone. */
  record Provisional(NodeId believed) implements AuthorityState {
    @Override
    public Optional<String> problem() {
      return Optional.of(
          "the catalogue is signed by "
              + believed
              + ", which only siblings have shown: the parent will confirm it, or restart this cache"
              + " with --authority "
              + believed);
    }
  }

  /** The parent shows another key than the believed one. */
  record Changed(NodeId believed, NodeId shown) implements AuthorityState {
    @Override
    public Optional<String> problem() {
      return Optional.of(
          "authority changed: the parent shows "
              + shown
              + ", this cache believes "
              + believed
              + " and goes on serving what that one published. If the server got a new key on"
              + " purpose: p2pd trust "
              + shown
              + " with this cache's -c DIR, or restart it with --authority "
              + shown
              + "; if not, give the server its old key file back");
    }
  }
}
