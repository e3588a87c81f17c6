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
import java.util.stream.Stream;
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

/** Answers requests for titles; everything else goes down the chain untouched. */
final class VideoFilter extends HttpFilter {

  private static final long serialVersionUID = 1L;

  private final transient DeliveryPlanner planner;
  private final transient Deliverer deliverer;
  private final transient List<Subnet> proxies;

  /**
   * @param proxies whose word about the viewer behind them is believed
   */
  VideoFilter(DeliveryPlanner planner, Deliverer deliverer, List<Subnet> proxies) {
    this.planner = planner;
    this.deliverer = deliverer;
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

  /** Our servlets are reached under the names as they are written, not by a path made to fit. */
  private static boolean reachesOursByAnotherName(HttpServletRequest request, String rawPath) {
    String path = Requests.containerPath(request) + "/";
    return Stream.of(RequestTarget.SPP, RequestTarget.ADMIN)
        .anyMatch(ours -> path.startsWith(ours) && !rawPath.startsWith(ours));
  }
}
