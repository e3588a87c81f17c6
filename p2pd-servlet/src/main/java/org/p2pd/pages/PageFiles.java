package org.p2pd.pages;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All files of the pages: what {@code webapps/} has, and hls.js from its WebJar. */
final class PageFiles {

  /** What pages load, below {@code /.web/}. */
  static final List<String> PARTS =
      List.of(
          "style.css",
          "icon.svg",
          "start.js",
          "catalogue.js",
          "player.js",
          "site.js",
          "stage.js",
          "source.js",
          "captions.js",
          "memory.js",
          "controls.js",
          "queue.js",
          "embed.js",
          "hls.min.js",
          "hls.LICENSE.txt");

  static final String START = "index.html";
  static final String CATALOGUE = "catalogue.html";
  static final String PLAYER = "player.html";

  /** Our own scripts and styles alone. */
  private static final String OURS =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " base-uri 'self'; form-action 'self'";

  /**
   * A playlist may name segments anywhere, and hls.js hands them to the video through {@code blob:}
   * and works in a worker that it makes of its own text. Without {@code frame-ancestors}, for
   * anyone's page may show the player: its {@code *} would leave out pages opened as files.
   */
  private static final String PLAYER_POLICY =
      OURS + "; connect-src *; media-src * blob:; worker-src 'self' blob:";

  /** Pages that no one may show as part of theirs: they may hold an administrator's view. */
  private static final String UNFRAMED = OURS + "; connect-src 'self'; frame-ancestors 'none'";

  private final Map<String, PageFile> parts = new HashMap<>();
  private final PageFile start = page(START, UNFRAMED);
  private final PageFile catalogue = page(CATALOGUE, UNFRAMED);
  private final PageFile player = page(PLAYER, PLAYER_POLICY);

  PageFiles() {
    for (String name : PARTS) {
      Map<String, String> fields = fields(mediaType(name));
      fields.put("Cross-Origin-Resource-Policy", "same-origin");
      parts.put(name, PageFile.read(name, fields));
    }
  }

  PageFile start() {
    return start;
  }

  PageFile catalogue() {
    return catalogue;
  }

  PageFile player() {
    return player;
  }

  Optional<PageFile> part(String name) {
    return Optional.ofNullable(parts.get(name));
  }

  private static PageFile page(String name, String policy) {
    Map<String, String> fields = fields(mediaType(name));
    fields.put("Content-Security-Policy", policy);
    return PageFile.read(name, fields);
  }

  private static Map<String, String> fields(String mediaType) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Content-Type", mediaType);
    fields.put("Cache-Control", "no-cache"); // another version of p2pd may answer next
    fields.put("X-Content-Type-Options", "nosniff");
    fields.put("Referrer-Policy", "same-origin");
    return fields;
  }

  private static String mediaType(String name) {
    return switch (name.substring(name.lastIndexOf('.') + 1)) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "text/plain; charset=utf-8";
    };
  }
}
