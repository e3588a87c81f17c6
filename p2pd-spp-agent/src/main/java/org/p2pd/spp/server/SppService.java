package org.p2pd.spp.server;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;

/**
 * Answers requests below {@code /.spp/v1/}, whatever carries them. Thread-safe, never blocks; an
 * answer that has to wait (news of the catalogue, a dial-back) completes later.
 */
public interface SppService {

  /** The largest request body in bytes. */
  int MAX_REQUEST_BODY_BYTES = SppLimits.MAX_JSON_BYTES;

  /**
   * The largest body of a request in bytes; a transport refuses more before reading it.
   *
   * @param path as in {@link Request}
   */
  static int maxBodyBytes(String path) {
    return switch (path) {
      case "/session", "/secret", "/introduction" -> SppLimits.MAX_STRANGERS_JSON_BYTES;
      default -> MAX_REQUEST_BODY_BYTES;
    };
  }

  CompletionStage<Answer> answer(Request request);

  /**
   * What a transport answers that refuses a request by itself: in the form of all other refusals
   * (docs/spp.md section 8), unsigned.
   *
   * @param detail what happened, without a full stop; may be empty
   */
  static Answer.Control refusal(SppError error, String detail) {
    return Answers.error(error, detail);
  }

  /**
   * A request as it came in.
   *
   * @param method such as GET
   * @param path what follows {@code /.spp/v1}, undecoded, beginning with a slash
   * @param query undecoded; empty if there is none
   * @param headers by lower-case name, values in order
   * @param peer the TCP peer's address, never a forwarded one
   * @param local the own address at which it came in
   * @param body at most {@link #maxBodyBytes}
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Request(
      String method,
      String path,
      String query,
      Map<String, List<String>> headers,
      InetAddress peer,
      InetAddress local,
      byte[] body) {

    /** The only value of a header; nothing if it is absent or repeated. */
    public Optional<String> header(String lowerCaseName) {
      List<String> values = headers.getOrDefault(lowerCaseName, List.of());
      return values.size() == 1 ? Optional.of(values.get(0)) : Optional.empty();
    }
  }

  /** What to send. Content-Length is the transport's to set from the body. */
  sealed interface Answer {
    int status();

    Map<String, String> headers();

    /**
     * A body that is all there, ordinarily small.
     *
     * @param whenSent called by the transport when it is done with the body, however that ended
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
    record Control(int status, Map<String, String> headers, byte[] body, Runnable whenSent)
        implements Answer {

      /** One whose end nobody waits for. */
      public Control(int status, Map<String, String> headers, byte[] body) {
        this(status, headers, body, () -> {});
      }
    }

    /**
     * A held span, to be sent zero-copy.
     *
     * @param whenSent told by the transport how many bytes were taken, as far as it can know, when
     *     the send has ended, however it did; nothing if nobody wants to know
     */
    record File(
        int status, Map<String, String> headers, FilePart part, Optional<LongConsumer> whenSent)
        implements Answer {

      /** One whose end nobody waits for. */
      public File(int status, Map<String, String> headers, FilePart part) {
        this(status, headers, part, Optional.empty());
      }
    }

    /**
     * A span that is read, or still arriving.
     *
     * @param lengthBytes all that the stream will give; if it fails the connection is closed
     */
    record Stream(int status, Map<String, String> headers, ContentStream body, long lengthBytes)
        implements Answer {}
  }
}
