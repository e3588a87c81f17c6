package org.p2pd.publish;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.p2pd.model.Title;

/**
 * Where nodes keep keys, tokens and blocks. Such a directory may lie in the public one by mistake,
 * perhaps another node's; nothing below it is published.
 */
final class NodeDirectories {

  /** What nodes put into theirs, to know them again. */
  private static final List<String> LABELS = List.of("p2pd-state", "p2pd-store");

  private NodeDirectories() {}

  static boolean isOne(Path directory) {
    return LABELS.stream().anyMatch(label -> Files.exists(directory.resolve(label)));
  }

  /** Whether a title lies in one, of those below the public directory itself. */
  static boolean hold(PublicTree tree, Title title) {
    Path directory = tree.fileOf(title).getParent();
    while (directory != null
        && directory.startsWith(tree.root())
        && !directory.equals(tree.root())) {
      if (isOne(directory)) {
        return true;
      }
      directory = directory.getParent();
    }
    return false;
  }
}
