package org.p2pd.pages;

import java.util.Optional;
import java.util.function.Supplier;
import org.p2pd.catalogue.Titles;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.Problems;
import org.p2pd.http.RequestTarget;

/**
 * Decides what is sent for a request for one of p2pd's own pages: {@code /}, what lies below {@code
 * /.play/} (pages) and below {@code /.web/} (their parts and what they ask for). Thread-safe.
 */
public final class Pages {

  private final PageFiles files = new PageFiles();
  private final TitleListing listing;

  /**
   * @param role what an administrator is told that this node is: {@code server} or {@code cache}
   */
  public Pages(Titles titles, Supplier<String> role) {
    listing = new TitleListing(titles, role);
  }

  /** The answer; HEAD is answered as GET, its body not to be sent. */
  public PageAnswer answer(PageRequest request) {
    if (request.hasBody()) {
      return PageAnswer.of(Problems.unexpectedBody());
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return PageAnswer.of(Problems.readOnlyResource());
    }
    String path = request.rawPath();
    if (path.startsWith(RequestTarget.WEB)) {
      return part(path.substring(RequestTarget.WEB.length()), request);
    }
    if (path.startsWith(RequestTarget.PLAY)) {
      return page(path.substring(RequestTarget.PLAY.length() - 1), request);
    }
    return path.equals(RequestTarget.PLAY_WITHOUT_SLASH)
        ? PageAnswer.of(Problems.with(Problems.text(308, "See /.play/"), "Location", ".play/"))
        : files.start().answerAt(path, request.fields());
  }

  private PageAnswer page(String rest, PageRequest request) {
    if (rest.equals("/")) {
      return files.catalogue().answerAt(request.rawPath(), request.fields());
    }
    RequestTarget target = RequestTarget.parse(rest);
    if (target instanceof RequestTarget.Named) {
      return files.player().answerAt(request.rawPath(), request.fields());
    }
    return PageAnswer.of(
        target instanceof RequestTarget.Malformed malformed
            ? Problems.malformedPath(malformed.why())
            : Problems.noSuchPage());
  }

  private PageAnswer part(String name, PageRequest request) {
    if (name.equals("titles")) {
      return list(request);
    }
    if (name.equals("visitor")) {
      return listing.visitor(request.visitor());
    }
    return files
        .part(name)
        .map(file -> file.answer(request.fields()))
        .orElseGet(() -> PageAnswer.of(Problems.noSuchResource()));
  }

  private PageAnswer list(PageRequest request) {
    Optional<Respond> refusal = request.visitor().listingRefusal();
    if (refusal.isPresent()) {
      return PageAnswer.of(refusal.get());
    }
    try {
      return listing.titles(ListingQuery.parse(request.query().orElse("")));
    } catch (ListingQuery.MalformedException e) {
      return PageAnswer.of(Problems.malformedQuery(e.why()));
    }
  }
}
