package org.p2pd.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.p2pd.delivery.Deliverer;
import org.p2pd.spp.SppError;
import org.p2pd.spp.server.SppService;
import org.p2pd.spp.server.SppService.Answer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries SPP: hands each request below {@code /.spp/v1} to the service and sends its answer. What
 * is answered at once is sent at once (zero-copy where that can be); an answer that comes later,
 * and a body that is still coming, hold no thread.
 */
final class SppServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private static final Logger log = LoggerFactory.getLogger(SppServlet.class);

  private static final String VERSION = "/.spp/v1";

  private static final byte[] NO_BODY = {};

  private final transient SppService service;
  private final transient Deliverer deliverer;

  SppServlet(SppService service, Deliverer deliverer) {
    this.service = service;
    this.deliverer = deliverer;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String rawPath = Requests.rawPath(request);
    if (!rawPath.startsWith(VERSION + "/")) {
      deliverer.respond(request, response, SppRefusals.unknownResource(request));
      return;
    }
    int maxBytes = SppService.maxBodyBytes(rawPath.substring(VERSION.length()));
    if (request.getContentLengthLong() > maxBytes) {
      deliverer.respond(request, response, SppRefusals.tooLarge(request));
      return;
    }
    if (!Requests.hasBody(request)) {
      answer(request, response, rawPath, NO_BODY);
      return;
    }
    deliverer.readBody(
        request,
        response,
        maxBytes,
        SppRefusals.tooLarge(request),
        SppRefusals.tooManyBodies(request),
        body -> answer(request, response, rawPath, body));
  }

  private void answer(
      HttpServletRequest request, HttpServletResponse response, String rawPath, byte[] body) {
    CompletableFuture<Answer> answer;
    try {
      String query = request.getQueryString();
      answer =
          service
              .answer(
                  new SppService.Request(
                      request.getMethod(),
                      rawPath.substring(VERSION.length()),
                      query == null ? "" : query,
                      fields(request),
                      Requests.peer(request),
                      Requests.local(request),
                      body))
              .toCompletableFuture();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    if (answer.isDone()) {
      send(request, response, answer);
      return;
    }
    if (!request.isAsyncStarted()) {
      request.startAsync(request, response).setTimeout(0); // the service bounds its own waiting
    }
    CompletableFuture<Answer> late = answer;
    var unused =
        late.handleAsync(
            (given, failure) -> {
              send(request, response, late);
              return given;
            },
            deliverer.writers());
  }

  private void send(
      HttpServletRequest request, HttpServletResponse response, CompletableFuture<Answer> done) {
    Answer answer;
    try {
      answer = done.join();
    } catch (RuntimeException e) {
      log.error("SPP request failed: {} {}", request.getMethod(), request.getRequestURI(), e);
      answer = SppService.refusal(SppError.BUSY, "this node failed over the request");
    }
    if (answer instanceof Answer.Control control) {
      if (control.body().length > 0 && !request.getMethod().equals("HEAD")) {
        deliverer.sendBytes(
            request,
            response,
            control.status(),
            control.headers(),
            control.body(),
            control.whenSent());
        return;
      }
      if (control.status() != 204 && control.status() != 304) {
        response.setContentLength(control.body().length);
      }
      deliverer.sendHead(request, response, control.status(), control.headers());
      control.whenSent().run();
    } else if (answer instanceof Answer.File file) {
      deliverer.sendFile(
          request, response, file.status(), file.headers(), file.part(), file.whenSent());
    } else if (answer instanceof Answer.Stream stream) {
      deliverer.stream(
          request,
          response,
          stream.status(),
          stream.headers(),
          stream.body(),
          stream.lengthBytes());
    }
  }

  /** The fields, and a trace of a proxy whose own were taken out by the container. */
  private static Map<String, List<String>> fields(HttpServletRequest request) {
    Map<String, List<String>> fields = Requests.allFields(request);
    if (Requests.isForwarded(request)) {
      fields.putIfAbsent("forwarded", List.of("by=_container"));
    }
    return fields;
  }
}
