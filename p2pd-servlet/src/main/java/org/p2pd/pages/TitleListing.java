package org.p2pd.pages;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.Titles;
import org.p2pd.http.MediaTypes;

/** What the pages ask the node for, as JSON: the list of titles, and what the visitor may do. */
final class TitleListing {

  private static final JsonFactory JSON = new JsonFactory();

  private final Titles titles;
  private final Supplier<String> role;

  /**
   * @param role {@code server} or {@code cache}
   */
  TitleListing(Titles titles, Supplier<String> role) {
    this.titles = titles;
    this.role = role;
  }

  /** One page of the list; {@code next} says what comes after it, where something does. */
  PageAnswer titles(ListingQuery query) {
    List<PublishedTitle> found = titles.published(query.after(), query.max() + 1);
    boolean more = found.size() > query.max();
    List<PublishedTitle> page = more ? found.subList(0, query.max()) : found;
    return json(
        json -> {
          json.writeNumberField("published", titles.publishedCount());
          json.writeArrayFieldStart("titles");
          for (PublishedTitle title : page) {
            json.writeStartObject();
            json.writeStringField("name", title.title().path());
            json.writeNumberField("bytes", title.edition().lengthBytes());
            json.writeStringField("type", MediaTypes.of(title.title()));
            json.writeStringField("lastModified", title.lastModified().toString());
            json.writeEndObject();
          }
          json.writeEndArray();
          if (more) {
            json.writeStringField("next", page.get(page.size() - 1).title().path());
          }
        });
  }

  /** A stranger learns nothing of the node but what is open to them. */
  PageAnswer visitor(Visitor visitor) {
    return json(
        json -> {
          json.writeBooleanField("listing", visitor.listingRefusal().isEmpty());
          json.writeBooleanField("titles", visitor.refusal().isEmpty());
          json.writeBooleanField("administrator", visitor.administrator());
          if (visitor.administrator()) {
            json.writeStringField("role", role.get());
            json.writeNumberField("published", titles.publishedCount());
          }
        });
  }

  /** Writes the fields of an object. */
  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static PageAnswer json(Fields content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      content.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("an array takes all that is written", e);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Content-Type", "application/json");
    fields.put("Cache-Control", "no-store");
    fields.put("X-Content-Type-Options", "nosniff");
    fields.put("Cross-Origin-Resource-Policy", "same-origin");
    fields.put("Content-Length", Integer.toString(bytes.size()));
    return new PageAnswer(200, fields, bytes.toByteArray());
  }
}
