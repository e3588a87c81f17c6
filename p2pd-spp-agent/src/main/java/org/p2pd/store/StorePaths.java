package org.p2pd.store;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;

/**
 * The names in a cache directory.
 *
 * @param root the cache directory: absolute, without symbolic links
 */
record StorePaths(Path root) {

  static final String TEMPORARY = ".tmp";
  static final String BLOCK = ".block";
  static final String EDITION = ".edition";
  static final String UNNAMED = ".unnamed";

  private static final HexFormat HEX = HexFormat.of();
  private static final Pattern EXTENT =
      Pattern.compile("(\\d{1,7})\\.([0-9a-f]{16})\\.(data|slots)");

  /** What the name of an extent's file says. */
  record ExtentName(int index, long generation, boolean isData) {

    static Optional<ExtentName> parse(String fileName) {
      Matcher m = EXTENT.matcher(fileName);
      if (!m.matches()) {
        return Optional.empty();
      }
      return Optional.of(
          new ExtentName(
              Integer.parseInt(m.group(1)),
              Long.parseUnsignedLong(m.group(2), 16),
              m.group(3).equals("data")));
    }

    String fileName() {
      return index + "." + HEX.toHexDigits(generation) + (isData ? ".data" : ".slots");
    }
  }

  Path label() {
    return root.resolve("p2pd-store");
  }

  Path lock() {
    return root.resolve("lock");
  }

  Path editions() {
    return root.resolve("editions");
  }

  /** Which of the 256 directories an edition is in. */
  static int fanOut(EditionId id) {
    return id.hash().toBytes()[0] & 0xff;
  }

  Path fanOut(int number) {
    return editions().resolve(HEX.toHexDigits((byte) number));
  }

  /** The directory of an edition that has extents. */
  Path directory(EditionId id) {
    return fanOut(fanOut(id)).resolve(id.hash().toHex());
  }

  /** The file of an edition of one block. */
  Path block(EditionId id) {
    return beside(id, BLOCK);
  }

  Path record(EditionId id, boolean oneBlock) {
    return oneBlock ? beside(id, EDITION) : directory(id).resolve("edition");
  }

  Path unnamed(EditionId id, boolean oneBlock) {
    return oneBlock ? beside(id, UNNAMED) : directory(id).resolve("unnamed");
  }

  Path tree(EditionId id) {
    return directory(id).resolve("tree");
  }

  Path extentFile(EditionId id, ExtentName name) {
    return directory(id).resolve(name.fileName());
  }

  private Path beside(EditionId id, String suffix) {
    return fanOut(fanOut(id)).resolve(id.hash().toHex() + suffix);
  }

  /** The edition that a name in a fan-out directory belongs to. */
  static Optional<EditionId> editionOf(String fileName) {
    if (fileName.length() < 2 * Hash.BYTES) {
      return Optional.empty();
    }
    String suffix = fileName.substring(2 * Hash.BYTES);
    boolean known =
        suffix.isEmpty()
            || suffix.equals(BLOCK)
            || suffix.equals(EDITION)
            || suffix.equals(UNNAMED);
    return known
        ? Hash.ofHex(fileName.substring(0, 2 * Hash.BYTES)).map(EditionId::new)
        : Optional.empty();
  }
}
