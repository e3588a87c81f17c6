package org.p2pd.upstream;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.Trouble;

/**
 * What is wrong with a parent, for a person: what happened, and what to do.
 *
 * @param since when it began
 * @param blocks whether blocks may be asked for all the same
 */
record LinkTrouble(Kind kind, String detail, Instant since, boolean blocks) {

  enum Kind {
    UNREACHABLE,
    NOT_A_NODE,
    WRONG_SECRET,
    NO_SECRET,
    NOT_DIRECT,
    ONESELF,
    NOT_SHARED,
    NOT_SYNCED,
    CATALOGUE_REFUSED,
    /** What it says fails here: a mistake in this program, or trouble of this machine. */
    FAILED,
    NOT_NOW;

    static Kind of(Trouble trouble) {
      return switch (trouble) {
        case UNREACHABLE, CLOSED -> UNREACHABLE;
        case NOT_A_NODE -> NOT_A_NODE;
        case WRONG_SECRET -> WRONG_SECRET;
        case NO_SECRET -> NO_SECRET;
        case NOT_DIRECT -> NOT_DIRECT;
        case ONESELF -> ONESELF;
        case NOT_NOW -> NOT_NOW;
      };
    }
  }

  private static final String SECRET_REMEDY =
      ": copy the file that its owner gives after --secret-file to this machine, and start with"
          + " --secret-file FILE (where there is none yet, p2pd secret FILE makes one for all nodes)";

  /** One sentence. */
  String sentence(NodeAddress parent) {
    return switch (kind) {
      case UNREACHABLE ->
          "parent "
              + parent
              + " does not answer since "
              + since.truncatedTo(ChronoUnit.SECONDS)
              + " ("
              + detail
              + "): see that -S names the right machine, that p2pd runs there and that the network"
              + " lets port "
              + parent.port()
              + " through; what is held here is served meanwhile";
      case NOT_A_NODE ->
          parent + " is not a p2pd (" + detail + "): check host, port and path of -S";
      case WRONG_SECRET -> "parent " + parent + " has another secret" + SECRET_REMEDY;
      case NO_SECRET -> "parent " + parent + " did not hand over its secret" + SECRET_REMEDY;
      case NOT_DIRECT ->
          "something stands between this node and parent "
              + parent
              + " ("
              + detail
              + "): name the parent's own address and port with -S, not a proxy's";
      case ONESELF -> "parent " + parent + " is this node itself: check -S";
      case NOT_SHARED -> "parent " + parent + " does not share: start it with -i";
      case NOT_SYNCED -> "parent " + parent + " has no whole catalogue yet: see its own health";
      case CATALOGUE_REFUSED ->
          "the catalogue that parent " + parent + " shows is not believed (" + detail + ")";
      case FAILED ->
          "what parent "
              + parent
              + " says of the catalogue cannot be taken in here ("
              + detail
              + "): the log says where it failed; it is asked for again";
      case NOT_NOW -> "parent " + parent + " cannot answer now (" + detail + ")";
    };
  }
}
