package org.p2pd.servlet;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.p2pd.agent.Agent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests for titles; everything else goes down the chain untouched. */
final class VideoFilter extends HttpFilter {

  private static final Logger log = LoggerFactory.getLogger(VideoFilter.class);

  private final transient Agent agent;
  private final transient HttpConfig config;

  VideoFilter(Agent agent, HttpConfig config) {
    this.agent = agent;
    this.config = config;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    log.trace("{} hosts, {}", config.acceptedHosts().size(), agent.health());
    chain.doFilter(request, response);
  }
}
