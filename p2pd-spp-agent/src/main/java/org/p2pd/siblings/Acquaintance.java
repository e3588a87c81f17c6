package org.p2pd.siblings;

import org.p2pd.cluster.Member;

/** A node that is in view, and what it is to this one. */
public record Acquaintance(Member member, Relation relation) {

  /** What it is. */
  public enum Relation {
    PARENT,
    SIBLING,
    CHILD
  }
}
