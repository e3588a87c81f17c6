package org.p2pd.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.p2pd.agent.Health;
import org.p2pd.delivery.Deliverer;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.Problems;
import org.p2pd.http.RequestTarget;

/**
 * The node about itself, below {@code /.p2pd/}: {@code health} for anyone, {@code status} and
 * {@code metrics} for its administrators.
 */
final class StatusServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private final transient NodeReport report;
  private final transient AdminGate gate;
  private final transient Deliverer deliverer;

  StatusServlet(NodeReport report, AdminGate gate, Deliverer deliverer) {
    this.report = report;
    this.gate = gate;
    this.deliverer = deliverer;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Respond answer =
        Requests.hasBody(request) ? Problems.unexpectedBody() : answer(request, response);
    deliverer.respond(
        request,
        response,
        request.getMethod().equals("HEAD")
            ? new Respond(answer.status(), answer.fields(), "")
            : answer);
  }

  private Respond answer(HttpServletRequest request, HttpServletResponse response) {
    if (Requests.isForwarded(request)) {
      return Problems.notThroughProxy();
    }
    String name = Requests.rawPath(request).substring(RequestTarget.ADMIN.length());
    if (!name.equals("health") && !name.equals("status") && !name.equals("metrics")) {
      return Problems.noSuchResource();
    }
    if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
      return Problems.readOnlyResource();
    }
    if (name.equals("health")) {
      return report.health().state() == Health.State.DRAINING
          ? Problems.text(503, "draining")
          : Problems.text(200, "ok");
    }
    return switch (gate.check(request)) {
      case CLOSED -> Problems.tokenNeeded();
      case OPEN -> name.equals("status") ? status() : metrics();
      case OPEN_WITH_LINK -> {
        gate.cookies(request).forEach(response::addCookie);
        // Without the token in the address, so that it is not remembered or passed on with it.
        yield Problems.with(
            Problems.text(
                303,
                "See "
                    + name
                    + ": a browser goes on with the pass that it was given; otherwise ask by p2pd"
                    + " status, or with Authorization: Bearer TOKEN"),
            "Location",
            name);
      }
    };
  }

  private Respond status() {
    return Problems.with(
        Problems.text(200, report.statusJson()), "Content-Type", "application/json");
  }

  private Respond metrics() {
    return Problems.with(
        Problems.text(200, report.metricsText()),
        "Content-Type",
        "text/plain; version=0.0.4; charset=utf-8");
  }
}
