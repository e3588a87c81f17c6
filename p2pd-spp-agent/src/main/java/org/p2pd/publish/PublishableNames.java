package org.p2pd.publish;

import java.util.List;

/**
 * Which names are published: all but hidden ones, those that copying programs leave behind, and the
 * file system's own {@code lost+found}.
 */
final class PublishableNames {

  private static final List<String> UNFINISHED = List.of(".part", ".tmp", ".crdownload", "~");

  private PublishableNames() {}

  static boolean file(String name) {
    return !name.startsWith(".") && UNFINISHED.stream().noneMatch(name::endsWith);
  }

  static boolean directory(String name) {
    return !name.startsWith(".") && !name.equals("lost+found");
  }
}
