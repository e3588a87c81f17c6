package org.p2pd.http;

import java.util.Map;
import java.util.Optional;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.model.Edition;

/**
 * How a request is answered, decided before anything is sent. The fields of every plan but {@link
 * NotOurs} are complete, Content-Length included.
 */
public sealed interface DeliveryPlan {

  /**
   * Not p2pd's to answer: whoever comes next in the chain is asked.
   *
   * @param unlessFound what is answered instead if the application has nothing at that path; empty:
   *     the chain decides alone
   */
  record NotOurs(Optional<Respond> unlessFound) implements DeliveryPlan {}

  /**
   * A head and at most a few sentences.
   *
   * @param text the body in ASCII or UTF-8; empty for HEAD, whatever Content-Length says
   */
  record Respond(int status, Map<String, String> fields, String text) implements DeliveryPlan {
    public Respond {
      fields = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(fields));
    }
  }

  /** Bytes of an edition. */
  sealed interface Send extends DeliveryPlan {
    int status();

    Map<String, String> fields();

    CacheStatus cacheStatus();

    long lengthBytes();
  }

  /** One part of one file, by the container's zero-copy send. */
  record SendFile(int status, Map<String, String> fields, FilePart part, CacheStatus cacheStatus)
      implements Send {
    @Override
    public long lengthBytes() {
      return part.lengthBytes();
    }
  }

  /** One range, as its bytes become available. */
  record SendStream(
      int status, Map<String, String> fields, ReadRequest reading, CacheStatus cacheStatus)
      implements Send {
    @Override
    public long lengthBytes() {
      return reading.range().lengthBytes();
    }
  }

  /** Several ranges, one after the other. */
  record SendMultipart(
      int status,
      Map<String, String> fields,
      Edition edition,
      Multipart body,
      Fetching fetching,
      CacheStatus cacheStatus)
      implements Send {
    @Override
    public long lengthBytes() {
      return body.lengthBytes();
    }
  }
}
