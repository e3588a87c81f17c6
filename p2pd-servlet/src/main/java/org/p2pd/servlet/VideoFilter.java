package org.p2pd.servlet;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.net.MalformedURLException;
import java.util.List;
import java.util.Optional;
import org.p2pd.delivery.Deliverer;
import org.p2pd.delivery.RequestSummary;
import org.p2pd.http.DeliveryPlan;
import org.p2pd.http.DeliveryPlan.NotOurs;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.DeliveryPlan.Send;
import org.p2pd.http.DeliveryPlanner;
import org.p2pd.http.RequestFacts;
import org.p2pd.http.RequestTarget;
import org.p2pd.http.Subnet;

/**
 * Answers requests for titles, and with the start page where nothing else is at {@code /};
 * everything else goes down the chain untouched.
 */
final class VideoFilter extends HttpFilter {

  private static final long serialVersionUID = 1L;

  private final transient DeliveryPlanner planner;
  private final transient Deliverer deliverer;
  private final transient PageDesk desk;
  private final transient List<Subnet> proxies;

  /**
   * @param proxies whose word about the viewer behind them is believed
   */
  VideoFilter(DeliveryPlanner planner, Deliverer deliverer, PageDesk desk, List<Subnet> proxies) {
    this.planner = planner;
    this.deliverer = deliverer;
    this.desk = desk;
    this.proxies = List.copyOf(proxies);
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    RequestFacts facts = Requests.facts(request, response, proxies);
    RequestSummary.nameClient(request, facts.sender());
    DeliveryPlan plan = planner.plan(facts);
    if (plan instanceof Send send) {
      deliverer.send(request, response, send, planner.finisher(facts));
    } else if (plan instanceof Respond respond) {
      boolean spp = facts.rawPath().startsWith(RequestTarget.SPP);
      deliverer.respond(request, response, spp ? SppRefusals.malformedPath(request) : respond);
    } else {
      Optional<Respond> answer = ((NotOurs) plan).unlessFound();
      if (answer.isPresent() && !applicationHas(request)) {
        deliverer.respond(request, response, answer.get());
      } else if (reachesOursByAnotherName(request, facts.rawPath())) {
        response.sendError(HttpServletResponse.SC_NOT_FOUND);
      } else if (isBareRoot(request, facts.rawPath())) {
        desk.answer(request, response);
      } else {
        chain.doFilter(request, response);
      }
    }
  }

  /** Whether something of the application itself, a page or a servlet, has that name. */
  private static boolean applicationHas(HttpServletRequest request) throws MalformedURLException {
    return request.getHttpServletMapping().getMappingMatch() != MappingMatch.DEFAULT
        || request.getServletContext().getResource(Requests.containerPath(request)) != null;
  }

  /** Whether {@code /} is asked for, and the application has no page of its own there. */
  private static boolean isBareRoot(HttpServletRequest request, String rawPath) {
    return rawPath.equals("/")
        && Requests.containerPath(request).equals("/") // a welcome file has its own name here
        && request.getHttpServletMapping().getMappingMatch() == MappingMatch.DEFAULT;
  }

  /** Our servlets are reached under the names as they are written, not by a path made to fit. */
  private static boolean reachesOursByAnotherName(HttpServletRequest request, String rawPath) {
    String path = Requests.containerPath(request) + "/";
    return RequestTarget.OWN.stream()
        .anyMatch(ours -> path.startsWith(ours) && !(rawPath + "/").startsWith(ours));
  }
}
