package org.p2pd.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** p2pd's own pages below {@code /.play/}, and their parts below {@code /.web/}. */
final class PagesServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private final transient PageDesk desk;

  PagesServlet(PageDesk desk) {
    this.desk = desk;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    desk.answer(request, response);
  }
}
