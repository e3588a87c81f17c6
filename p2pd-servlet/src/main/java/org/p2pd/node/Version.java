package org.p2pd.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which p2pd this is, as the build wrote it down. */
final class Version {

  private Version() {}

  static String text() {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
      if (in != null) {
        build.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("read build.properties", e);
    }
    return build.getProperty("version", "unknown");
  }
}
