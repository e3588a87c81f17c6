package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Tells links that lead to nothing but themselves from links whose target cannot be looked at just
 * now: the system's error for the former has no exception of its own.
 */
final class LinkCircles {

  /** How many links Linux follows in one path (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private LinkCircles() {}

  /** Whether the way to that path takes more links than the system follows. */
  static boolean at(Path path) {
    Path absolute = path.toAbsolutePath();
    Path place = absolute.getRoot();
    Deque<Path> names = new ArrayDeque<>();
    absolute.forEach(names::addLast);
    int links = 0;
    while (place != null && !names.isEmpty()) {
      Path name = names.removeFirst();
      Path next = name.toString().equals("..") ? place.getParent() : place.resolve(name);
      if (next == null || !Files.isSymbolicLink(next)) {
        place = next == null ? place : next; // the root is its own parent
        continue;
      }
      if (++links > MAX_LINKS) {
        return true;
      }
      Path target;
      try {
        target = Files.readSymbolicLink(next);
      } catch (IOException e) {
        return false; // replaced while we looked, or hidden: whoever asks has the better error
      }
      place = target.isAbsolute() ? target.getRoot() : place;
      Deque<Path> more = new ArrayDeque<>();
      target.forEach(more::addFirst);
      more.forEach(names::addFirst);
    }
    return false;
  }
}
