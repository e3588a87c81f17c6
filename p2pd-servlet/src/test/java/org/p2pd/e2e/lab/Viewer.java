package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** An ordinary HTTP client. For what no ordinary client does there is {@link RawHttp}. */
public final class Viewer {

  private static final Viewer SHARED = new Viewer();

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(20))
          .build();

  private Viewer() {}

  public static Viewer shared() {
    return SHARED;
  }

  /** An answer with its whole body. */
  @SuppressWarnings("ArrayRecordComponent") // read only
  public record Answer(int status, HttpHeaders headers, byte[] body) {

    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    /** What must be the same on every node: status, entity tag, date, type, length and caching. */
    public Map<String, String> identity() {
      Map<String, String> identity = new TreeMap<>();
      identity.put(":status", Integer.toString(status));
      for (String name :
          new String[] {
            "ETag",
            "Last-Modified",
            "Content-Length",
            "Content-Type",
            "Content-Range",
            "Cache-Control",
            "Accept-Ranges"
          }) {
        identity.put(name, header(name));
      }
      return identity;
    }

    @Override
    public String toString() {
      return status + " " + headers.map() + (body.length < 2000 ? "\n" + text() : "");
    }
  }

  /** An answer whose body was hashed as it came; of an error, what it says stands there instead. */
  public record Download(int status, HttpHeaders headers, String sha256) {
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }
  }

  public Answer get(Node node, String title, String... headers) {
    return get(node.url(title), headers);
  }

  public Answer get(URI url, String... headers) {
    return send("GET", url, HttpResponse.BodyHandlers.ofByteArray(), headers)
        .map(r -> new Answer(r.statusCode(), r.headers(), r.body()));
  }

  public Answer head(Node node, String title, String... headers) {
    return request("HEAD", node, title, headers);
  }

  public Answer request(String method, Node node, String title, String... headers) {
    return send(method, node.url(title), HttpResponse.BodyHandlers.ofByteArray(), headers)
        .map(r -> new Answer(r.statusCode(), r.headers(), r.body()));
  }

  /** The bytes from {@code first} to {@code last}, both included. */
  public Answer range(Node node, String title, long first, long last) {
    return get(node, title, "Range", "bytes=" + first + "-" + last);
  }

  public Download download(Node node, String title, String... headers) {
    return send("GET", node.url(title), HttpResponse.BodyHandlers.ofInputStream(), headers)
        .map(
            r -> {
              try (InputStream body = r.body()) {
                return new Download(r.statusCode(), r.headers(), sha256(r.statusCode(), body));
              } catch (IOException e) {
                throw new UncheckedIOException(node + title, e);
              }
            });
  }

  private static String sha256(int status, InputStream body) throws IOException {
    return status < 300
        ? Media.sha256(body)
        : "none: " + status + " " + new String(body.readAllBytes(), StandardCharsets.UTF_8);
  }

  private <T> Sent<T> send(
      String method, URI url, HttpResponse.BodyHandler<T> body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(Waiting.GENEROUS);
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Sent<>(client.send(request.build(), body));
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private record Sent<T>(HttpResponse<T> response) {
    <R> R map(java.util.function.Function<HttpResponse<T>, R> mapping) {
      return mapping.apply(response);
    }
  }
}
