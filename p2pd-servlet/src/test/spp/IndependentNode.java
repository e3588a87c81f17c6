import java.nio.file.Path;

/**
 * A p2pd node written from docs/spp.md and docs/spp-catalogue.md alone: it shares no code with
 * p2pd, so that it shows whether those pages are complete. It introduces itself to a parent, opens
 * a session, reads and verifies the catalogue, and fetches and verifies one title.
 *
 * <p>Usage: {@code java -cp CLASSES IndependentNode PARENT TITLE FILE}, such as {@code
 * http://10.0.0.1:8080 /movie.mpg got.mpg}. It prints a line for each thing that it made sure of,
 * and ends with 0 if all of them hold.
 */
public final class IndependentNode {

  private IndependentNode() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 3) {
      System.err.println("usage: java -cp CLASSES IndependentNode PARENT TITLE FILE");
      System.exit(2);
    }
    String parent = arguments[0];
    String title = arguments[1];
    NodeKey key = new NodeKey();
    try (Door door = new Door(key)) {
      byte[] secret = door.askForSecret(parent);
      Session session = new Session(parent, key, secret, door.port());
      session.refusesWhatItMust();
      Catalogue catalogue = new Catalogue();
      catalogue.readAll(session);
      Catalogue.Entry entry = catalogue.titles.get(title);
      Wire.require(entry != null, "the catalogue has " + title);
      new Fetch(session, entry).to(Path.of(arguments[2]));
    }
    System.exit(0); // the HTTP client's threads would linger
  }
}
