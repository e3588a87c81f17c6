package org.p2pd.node.options;

import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.http.CorsPolicy;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.NodeId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The words of the options as values; each failure says what would have been right. */
final class OptionTypes {

  private OptionTypes() {}

  /** A number of bytes: {@code 64K}, {@code 10G}; K, M, G and T are powers of 1,024. */
  static final class Size implements ITypeConverter<Long> {
    private static final Pattern FORM =
        Pattern.compile("([0-9]{1,18})(?:([KMGT])(?:IB)?)?", Pattern.CASE_INSENSITIVE);
    private static final String UNITS = "KMGT";

    @Override
    public Long convert(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no size; write a number with K, M, G or T (of 1024), such as 64K");
      }
      String unit = form.group(2);
      int shift = unit == null ? 0 : 10 * (1 + UNITS.indexOf(unit.toUpperCase(Locale.ROOT)));
      try {
        return Math.multiplyExact(Long.parseLong(form.group(1)), 1L << shift);
      } catch (ArithmeticException e) {
        throw new TypeConversionException("'" + text + "' is more bytes than there are (2^63)");
      }
    }
  }

  /** A node's block size. */
  static final class Block implements ITypeConverter<BlockSize> {
    @Override
    public BlockSize convert(String text) {
      long bytes = new Size().convert(text);
      try {
        return new BlockSize(Math.toIntExact(bytes));
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw new TypeConversionException(
            "'" + text + "' is no block size; use 16K, 32K, 64K, 128K, 256K, 512K or 1M");
      }
    }
  }

  /** A length of time: {@code 500ms}, {@code 10s}, {@code 5m}, {@code 2h}; at most 24 hours. */
  static final class Time implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

    @Override
    public Duration convert(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no length of time; write a number with ms, s, m or h, such as 10s");
      }
      long number = Long.parseLong(form.group(1));
      Duration time =
          switch (form.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
          };
      if (time.compareTo(Duration.ofHours(24)) > 0) {
        throw new TypeConversionException("'" + text + "' is too long; 24h is the most");
      }
      return time;
    }
  }

  /** A TCP port; 0 asks for any free one. */
  static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return PortNumber.parse(text, 0)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + text + "' is no port; write 0 (any free port) to 65535"));
    }
  }

  /** A rate in millions of bits a second, 0 to 1,000,000. */
  static final class Megabits implements ITypeConverter<Integer> {
    private static final int MAX = 1_000_000;

    @Override
    public Integer convert(String text) {
      if (text.matches("[0-9]{1,7}") && Integer.parseInt(text) <= MAX) {
        return Integer.valueOf(text);
      }
      throw new TypeConversionException(
          "'" + text + "' is no rate; write a number of Mbit/s, such as 500, or 0");
    }
  }

  /** Who a rule is for: a subnet, or everyone. */
  record Clients(List<Subnet> subnets) {

    /** The value that stands for an option without one. */
    static final String EVERYONE = "everyone";
  }

  /** A subnet; {@link Clients#EVERYONE} for all addresses of both kinds. */
  static final class ClientsType implements ITypeConverter<Clients> {
    @Override
    public Clients convert(String text) {
      if (text.equals(Clients.EVERYONE)) {
        return new Clients(Subnet.EVERYONE);
      }
      return new Clients(
          List.of(
              Subnet.parse(text).orElseThrow(() -> new TypeConversionException(refusal(text)))));
    }

    static String refusal(String text) {
      return "'"
          + text
          + "' is no subnet; write an address or ADDRESS/BITS, such as 10.0.0.0/8 or 2001:db8::/32";
    }
  }

  /** A host name, its port ignored. */
  static final class Host implements ITypeConverter<HostName> {
    @Override
    public HostName convert(String text) {
      return HostName.ofHostHeader(text)
          .or(() -> HostName.parse(text))
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + text + "' is no host name; write one such as cdn.example.com"));
    }
  }

  /** A digest that editions may be built on. */
  static final class Digest implements ITypeConverter<DigestAlgorithm> {
    private static final Set<String> WEAK =
        Set.of("MD2", "MD4", "MD5", "SHA", "SHA1", "SHA-1", "CRC32", "CRC-32", "ADLER32");
    private static final Map<String, String> OTHER_LENGTH =
        Map.of("SHA-384", "SHA-256", "SHA-512", "SHA-512/256", "SHA3-512", "SHA3-256");

    @Override
    public DigestAlgorithm convert(String text) {
      return DigestAlgorithm.ofWireName(text)
          .orElseThrow(() -> new TypeConversionException(refusal(text)));
    }

    private static String refusal(String text) {
      String name = text.toUpperCase(Locale.ROOT);
      if (WEAK.contains(name)) {
        return text
            + " is weak: two files with the same digest can be made, so it proves nothing;"
            + " use SHA-256";
      }
      if (OTHER_LENGTH.containsKey(name)) {
        return text
            + " does not have the 32 bytes that editions are built on; use "
            + OTHER_LENGTH.get(name);
      }
      return "'" + text + "' is no known digest; use SHA-256, SHA-512/256 or SHA3-256";
    }
  }

  /** For a shell to complete. */
  static final class DigestNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(DigestAlgorithm.values()).map(DigestAlgorithm::wireName).iterator();
    }
  }

  /** A key's fingerprint as logs and status show it. */
  static final class Fingerprint implements ITypeConverter<NodeId> {
    @Override
    public NodeId convert(String text) {
      return NodeId.parse(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'"
                          + text
                          + "' is no fingerprint; copy the 43 characters that the server's log"
                          + " shows at its start"));
    }
  }

  /** Which pages of other origins may read titles. */
  static final class Cors implements ITypeConverter<CorsPolicy> {
    @Override
    public CorsPolicy convert(String text) {
      return CorsPolicy.parse(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'"
                          + text
                          + "' names no origin; write *, none, or origins such as"
                          + " https://www.example.com with commas between them"));
    }
  }
}
