package org.p2pd.spp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;

/**
 * A JSON object that came over the wire or goes there (docs/spp.md section 1): bounded before it is
 * parsed, its members checked as they are taken. Unknown members are ignored. Confined to one
 * thread.
 */
public final class JsonBody {

  private static final int MAX_DEPTH = 8;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxDocumentLength(SppLimits.MAX_JSON_BYTES)
                          .maxStringLength(SppLimits.MAX_JSON_BYTES)
                          .maxNameLength(256)
                          .maxNumberLength(32)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final ObjectNode object;

  private JsonBody(ObjectNode object) {
    this.object = object;
  }

  public static JsonBody empty() {
    return new JsonBody(MAPPER.createObjectNode());
  }

  /** Reads an object; more than 64 KiB are refused unread. */
  public static JsonBody parse(byte[] utf8) throws MalformedException {
    if (utf8.length > SppLimits.MAX_JSON_BYTES) {
      throw new MalformedException("JSON of " + utf8.length + " bytes");
    }
    JsonNode node;
    try {
      node = MAPPER.readTree(utf8);
    } catch (IOException e) {
      throw new MalformedException("not the JSON of SPP", e);
    }
    if (!(node instanceof ObjectNode object)) {
      throw new MalformedException("not a JSON object");
    }
    return new JsonBody(object);
  }

  public byte[] toBytes() {
    try {
      return MAPPER.writeValueAsBytes(object);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an object of plain members", e);
    }
  }

  public String text(String member, int maxChars) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isTextual() || node.textValue().length() > maxChars) {
      throw new MalformedException(
          member + " is not a text of at most " + maxChars + " characters");
    }
    return node.textValue();
  }

  public Optional<String> optionalText(String member, int maxChars) throws MalformedException {
    JsonNode node = object.path(member);
    return node.isMissingNode() || node.isNull()
        ? Optional.empty()
        : Optional.of(text(member, maxChars));
  }

  public long number(String member, long min, long max) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < min
        || node.longValue() > max) {
      throw new MalformedException(member + " is not a whole number from " + min + " to " + max);
    }
    return node.longValue();
  }

  public boolean flag(String member) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isBoolean()) {
      throw new MalformedException(member + " is neither true nor false");
    }
    return node.booleanValue();
  }

  public Octets octets(String member, int length) throws MalformedException {
    return Octets.parse(text(member, 2 * length), length);
  }

  public Hash hash(String member) throws MalformedException {
    return Hash.of(octets(member, Hash.BYTES).toBytes());
  }

  public PublicKey key(String member) throws MalformedException {
    return PublicKey.ofRaw(octets(member, PublicKey.BYTES).toBytes())
        .orElseThrow(() -> new MalformedException(member + " is no Ed25519 key"));
  }

  /** Small whole numbers, such as versions; at most 16. */
  public List<Integer> numbers(String member) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isArray() || node.size() > 16) {
      throw new MalformedException(member + " is not a short list of numbers");
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode element : node) {
      if (!element.isInt()) {
        throw new MalformedException(member + " is not a list of numbers");
      }
      numbers.add(element.intValue());
    }
    return List.copyOf(numbers);
  }

  /** A list of texts; at most so many, each of at most so many characters. */
  public List<String> texts(String member, int maxCount, int maxChars) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isArray() || node.size() > maxCount) {
      throw new MalformedException(member + " is not a list of at most " + maxCount + " texts");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : node) {
      if (!element.isTextual() || element.textValue().length() > maxChars) {
        throw new MalformedException(member + " is not a list of short texts");
      }
      texts.add(element.textValue());
    }
    return List.copyOf(texts);
  }

  /** A list of objects; at most so many. */
  public List<JsonBody> objects(String member, int maxCount) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isArray() || node.size() > maxCount) {
      throw new MalformedException(member + " is not a list of at most " + maxCount + " objects");
    }
    List<JsonBody> objects = new ArrayList<>();
    for (JsonNode element : node) {
      if (!(element instanceof ObjectNode child)) {
        throw new MalformedException(member + " is not a list of objects");
      }
      objects.add(new JsonBody(child));
    }
    return List.copyOf(objects);
  }

  /** The same; empty if there is no such member. */
  public List<JsonBody> optionalObjects(String member, int maxCount) throws MalformedException {
    return object.path(member).isMissingNode() ? List.of() : objects(member, maxCount);
  }

  /** Pairs of positions in bytes, first and last, ascending and apart from each other. */
  public List<ByteRange> ranges(String member, int max) throws MalformedException {
    JsonNode node = object.path(member);
    if (!node.isArray() || node.size() > max) {
      throw new MalformedException(member + " is not a list of at most " + max + " pairs");
    }
    List<ByteRange> ranges = new ArrayList<>(node.size());
    long from = 0;
    for (JsonNode pair : node) {
      long first = pair.size() == 2 ? position(pair.path(0)) : -1;
      long last = pair.size() == 2 ? position(pair.path(1)) : -1;
      if (first < from || last < first) {
        throw new MalformedException(member + " is not a list of ascending pairs of positions");
      }
      ranges.add(new ByteRange(first, last));
      from = last + 1;
    }
    return List.copyOf(ranges);
  }

  private static long position(JsonNode node) {
    boolean fits = node.isIntegralNumber() && node.canConvertToLong();
    return fits && node.longValue() < Edition.MAX_LENGTH_BYTES ? node.longValue() : -1;
  }

  public JsonBody object(String member) throws MalformedException {
    if (!(object.path(member) instanceof ObjectNode child)) {
      throw new MalformedException(member + " is not an object");
    }
    return new JsonBody(child);
  }

  public JsonBody with(String member, String value) {
    object.put(member, value);
    return this;
  }

  public JsonBody with(String member, long value) {
    object.put(member, value);
    return this;
  }

  public JsonBody with(String member, boolean value) {
    object.put(member, value);
    return this;
  }

  public JsonBody with(String member, Octets value) {
    return with(member, value.toString());
  }

  public JsonBody with(String member, PublicKey value) {
    return with(member, value.toBase64Url());
  }

  public JsonBody with(String member, List<Integer> values) {
    values.forEach(object.putArray(member)::add);
    return this;
  }

  public JsonBody withRanges(String member, List<ByteRange> ranges) {
    ArrayNode pairs = object.putArray(member);
    ranges.forEach(range -> pairs.addArray().add(range.first()).add(range.last()));
    return this;
  }

  public JsonBody with(String member, JsonBody value) {
    object.set(member, value.object);
    return this;
  }

  public JsonBody withTexts(String member, List<String> values) {
    values.forEach(object.putArray(member)::add);
    return this;
  }

  public JsonBody withObjects(String member, List<JsonBody> values) {
    ArrayNode array = object.putArray(member);
    values.forEach(value -> array.add(value.object));
    return this;
  }

  public JsonBody withNull(String member) {
    object.putNull(member);
    return this;
  }
}
