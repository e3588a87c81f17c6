package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a node says of itself in {@code /.p2pd/status}, asked with its own token. */
public record NodeStatus(JsonNode json) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  static NodeStatus of(Node node) {
    Viewer.Answer answer =
        Viewer.shared().get(node, "/.p2pd/status", "Authorization", "Bearer " + token(node));
    if (answer.status() != 200) {
      throw new AssertionError(node + " status: " + answer);
    }
    try {
      return new NodeStatus(MAPPER.readTree(answer.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(node + " status", e);
    }
  }

  /** The token that the node made at its first start. */
  public static String token(Node node) {
    Path file = node.state().resolve("token");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** A monotonic number since start, 0 if it was never counted. */
  public long counter(String name) {
    return json.path("counters").path(name).asLong(0);
  }

  /** Bytes of editions that this node sent to other nodes. */
  public long sentToNodesBytes() {
    return counter("spp_sent_bytes_total");
  }

  /** How many nodes with the same parent it has in view. */
  public int siblings() {
    return related("sibling");
  }

  public int children() {
    return related("child");
  }

  public boolean seesParent() {
    return related("parent") == 1;
  }

  private int related(String relation) {
    int count = 0;
    for (JsonNode member : json.path("group")) {
      count += member.path("relation").asText().equals(relation) ? 1 : 0;
    }
    return count;
  }

  /** Bytes of editions that it received from sources of that relation. */
  public long receivedFrom(String relation) {
    long bytes = 0;
    for (JsonNode source : json.path("sources")) {
      bytes +=
          source.path("relation").asText().equals(relation)
              ? source.path("receivedBytes").asLong()
              : 0;
    }
    return bytes;
  }

  public int titles() {
    return json.path("titles").asInt();
  }

  public long heldBytes() {
    return json.path("store").path("heldBytes").asLong();
  }

  public String health() {
    return json.path("state").asText();
  }

  public String problems() {
    return json.path("problems").toString();
  }
}
