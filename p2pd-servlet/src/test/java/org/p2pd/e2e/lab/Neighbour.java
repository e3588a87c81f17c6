package org.p2pd.e2e.lab;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Another application in the same Tomcat: one page, and this filter that marks all it answers. */
public final class Neighbour extends HttpFilter {

  /** As in {@code conf/httpd/pages-beside-video.conf}. */
  public static final String PATH = "/app";

  public static final String PAGE = "<!DOCTYPE html><title>neighbour</title><p>not a video</p>\n";
  public static final String MARK = "X-Neighbour";

  private static final long serialVersionUID = 1L;

  private static final String WEB_XML =
      """
      <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
        <filter><filter-name>mark</filter-name><filter-class>%s</filter-class></filter>
        <filter-mapping><filter-name>mark</filter-name><url-pattern>/*</url-pattern></filter-mapping>
      </web-app>
      """;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    response.setHeader(MARK, request.getContextPath());
    chain.doFilter(request, response);
  }

  /** Makes the application, unpacked. */
  static void install(Path webapps) {
    Path application = webapps.resolve(PATH.substring(1));
    String file = Neighbour.class.getName().replace('.', '/') + ".class";
    try (InputStream compiled = Neighbour.class.getResourceAsStream("/" + file)) {
      Path classFile = application.resolve("WEB-INF/classes").resolve(file);
      Files.createDirectories(classFile.getParent());
      Files.copy(compiled, classFile);
      Files.writeString(
          application.resolve("WEB-INF/web.xml"), WEB_XML.formatted(Neighbour.class.getName()));
      Files.writeString(application.resolve("index.html"), PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(PATH, e);
    }
  }
}
