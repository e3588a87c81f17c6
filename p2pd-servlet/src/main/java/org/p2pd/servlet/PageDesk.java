package org.p2pd.servlet;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.p2pd.delivery.Deliverer;
import org.p2pd.http.AccessRules;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.RequestFacts;
import org.p2pd.http.Subnet;
import org.p2pd.pages.PageAnswer;
import org.p2pd.pages.PageRequest;
import org.p2pd.pages.Pages;
import org.p2pd.pages.Visitor;

/**
 * Answers with p2pd's own pages. No thread waits for a browser that reads slowly.
 *
 * @param browse whether whoever may read titles sees the list of them
 * @param proxies whose word about the visitor behind them is believed
 */
record PageDesk(
    Pages pages,
    AdminGate gate,
    AccessRules access,
    boolean browse,
    List<Subnet> proxies,
    Deliverer deliverer) {

  void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
    RequestFacts facts = Requests.facts(request, response, proxies);
    PageAnswer answer =
        pages.answer(
            new PageRequest(
                facts.method(),
                facts.rawPath(),
                Optional.ofNullable(request.getQueryString()),
                facts.fields(),
                facts.hasBody(),
                visitor(request, facts)));
    if (facts.method().equals("HEAD") || answer.body().length == 0) {
      deliverer.respond(request, response, new Respond(answer.status(), answer.fields(), ""));
      return;
    }
    if (answer.status() != 200) {
      deliverer.respond(
          request,
          response,
          new Respond(
              answer.status(),
              answer.fields(),
              new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8)));
      return;
    }
    deliverer.sendBytes(
        request, response, answer.status(), answer.fields(), answer.body(), () -> {});
  }

  private Visitor visitor(HttpServletRequest request, RequestFacts facts) {
    return new Visitor(
        gate.check(request) != AdminGate.Verdict.CLOSED,
        browse,
        access.refusal(facts.host(), facts.sender()));
  }
}
