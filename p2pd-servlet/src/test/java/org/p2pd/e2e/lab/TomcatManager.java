package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.io.file.PathUtils;

/** Tomcat's own manager application, by its text interface. */
public final class TomcatManager {

  private static final String USER = "laboratory";
  private static final String CREDENTIALS =
      Base64.getEncoder().encodeToString((USER + ":" + USER).getBytes(StandardCharsets.US_ASCII));

  private final ForeignTomcat tomcat;

  TomcatManager(ForeignTomcat tomcat) {
    this.tomcat = tomcat;
  }

  static void install(TomcatPlace place, Path manager) {
    try {
      Path copy = place.webapps().resolve("manager");
      PathUtils.copyDirectory(manager, copy);
      // It is distributed for its owner's eyes only, and may run as another user.
      Tool.run("chmod", "-R", "a+rX", copy.toString()).expectSuccess();
      Path users = place.conf().resolve("tomcat-users.xml");
      Files.writeString(
          users,
          Files.readString(users)
              .replace(
                  "</tomcat-users>",
                  "<user username='"
                      + USER
                      + "' password='"
                      + USER
                      + "' roles='manager-script,manager-jmx'/></tomcat-users>"));
    } catch (IOException e) {
      throw new UncheckedIOException("install the manager", e);
    }
  }

  /** Deploys what a descriptor says; the application has started when this returns. */
  public void deploy(String path, Path descriptor) {
    text("deploy?path=" + path + "&config=file:" + tomcat.seen(descriptor), "OK - Deployed");
  }

  /** Deploys what does not start; the application is there, stopped. */
  public void deployInVain(String path, Path descriptor) {
    text("deploy?path=" + path + "&config=file:" + tomcat.seen(descriptor), "FAIL - Deployed");
  }

  /** Takes an application away; it has stopped when this returns. */
  public void undeploy(String path) {
    text("undeploy?path=" + path, "OK - Undeployed");
  }

  /** What Tomcat itself finds of applications that were taken away and are still in memory. */
  public String leaks() {
    return text("findleaks?statusLine=true", "");
  }

  /** The names of all management beans, without those of requests, of which there are as many. */
  public Set<String> beans() {
    return ask("/manager/jmxproxy/?qry=" + URLEncoder.encode("*:*", StandardCharsets.UTF_8))
        .lines()
        .filter(line -> line.startsWith("Name: ") && !line.contains("type=RequestProcessor"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private String text(String command, String expected) {
    String answer = ask("/manager/text/" + command);
    if (!answer.startsWith(expected)) {
      throw new AssertionError(tomcat + ": " + command + ": " + answer + "\n" + tomcat.log());
    }
    return answer;
  }

  private String ask(String path) {
    Viewer.Answer answer =
        Viewer.shared().get(tomcat.url(path), "Authorization", "Basic " + CREDENTIALS);
    if (answer.status() != 200) {
      throw new AssertionError(path + ": " + answer);
    }
    return answer.text();
  }
}
