package org.p2pd.node.tomcat;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What is behind the application in our own Tomcat: nothing, so every path is a 404. */
final class NothingHere extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private static final byte[] TEXT =
      "404: nothing is published under this name.\n".getBytes(StandardCharsets.US_ASCII);

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    response.setStatus(HttpServletResponse.SC_NOT_FOUND);
    response.setHeader("Cache-Control", "no-store");
    response.setContentType("text/plain;charset=utf-8");
    response.setContentLength(TEXT.length);
    response.getOutputStream().write(TEXT);
  }
}
