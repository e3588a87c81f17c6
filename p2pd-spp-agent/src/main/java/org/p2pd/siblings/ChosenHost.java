package org.p2pd.siblings;

/**
 * By which host a node says that it is reached. Another one is a new membership, so what the way to
 * the parent says is not followed at once: a host that works stays; one that does not is given up
 * when the way says another twice in a row. A way that alternates changes nothing. Confined to one
 * thread.
 */
final class ChosenHost {

  private String chosen = "";
  private String other = "";

  /**
   * The host to say from now on.
   *
   * @param way the own address on the way to the parent, as it is now
   * @param works whether the group was found with the host chosen before
   */
  String next(String way, boolean works) {
    boolean again = way.equals(other);
    other = way.equals(chosen) || works ? "" : way;
    if (chosen.isEmpty() || (again && !works)) {
      chosen = way;
      other = "";
    }
    return chosen;
  }
}
