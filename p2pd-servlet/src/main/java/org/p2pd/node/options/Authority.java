package org.p2pd.node.options;

import com.google.common.net.InetAddresses;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.p2pd.http.HostName;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SppLimits;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Where a node answers, as it is written: {@code HOST[:PORT][/PATH]}; IPv6 in brackets where a port
 * follows.
 *
 * @param host IPv6 without brackets
 * @param port 1 to 65535, if it is written
 * @param path empty, or beginning with a slash and not ending with one
 */
public record Authority(HostName host, OptionalInt port, String path) {

  private static final Pattern FORM =
      Pattern.compile("(\\[[^\\]]+\\]|[^:/\\[\\]]+)(?::([0-9]+))?(/[!-~]*)?");

  static Optional<Authority> parse(String text) {
    String written = text.startsWith("http://") ? text.substring("http://".length()) : text;
    Optional<HostName> bare = written.startsWith("[") ? Optional.empty() : HostName.parse(written);
    if (bare.isPresent()) {
      return bare.map(host -> new Authority(host, OptionalInt.empty(), ""));
    }
    Matcher form = FORM.matcher(written);
    if (!form.matches()) {
      return Optional.empty();
    }
    Optional<HostName> host = HostName.parse(form.group(1));
    OptionalInt port = OptionalInt.empty();
    if (form.group(2) != null) {
      Optional<Integer> number = PortNumber.parse(form.group(2), 1);
      if (number.isEmpty()) {
        return Optional.empty();
      }
      port = OptionalInt.of(number.get());
    }
    OptionalInt writtenPort = port;
    return host.map(h -> new Authority(h, writtenPort, path(form.group(3))));
  }

  private static String path(@org.jspecify.annotations.Nullable String written) {
    return written == null ? "" : written.replaceAll("/+$", "");
  }

  /** The name as it stands in a URL: IPv6 in brackets. */
  public String hostInUrl() {
    return host.name().contains(":") ? "[" + host.name() + "]" : host.name();
  }

  /** For picocli. */
  static final class Type implements ITypeConverter<Authority> {
    @Override
    public Authority convert(String text) {
      if (text.startsWith("https://")) {
        throw new TypeConversionException(
            "'" + text + "': nodes speak SPP over plain HTTP; leave https:// away");
      }
      return parse(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'"
                          + text
                          + "' is no node's address; write HOST, HOST:PORT or HOST:PORT/PATH,"
                          + " such as 10.0.0.1, cdn.example.com:8080 or [::1]:8080"));
    }
  }

  /** For picocli: what this node tells others, who may bound it (docs/spp.md section 9). */
  static final class Advertised implements ITypeConverter<Authority> {
    @Override
    public Authority convert(String text) {
      Authority authority = new Type().convert(text);
      if (!authority.path().isEmpty()) {
        throw new TypeConversionException("'" + text + "': leave the path away");
      }
      String host = authority.host().name();
      if (host.length() > SppLimits.MAX_HOST_CHARS) {
        throw new TypeConversionException(
            "'"
                + host
                + "' has "
                + host.length()
                + " characters; nodes tell each other hosts of at most "
                + SppLimits.MAX_HOST_CHARS
                + ": use a shorter name, or the address");
      }
      if (!NodeAddress.isHost(host) || isAny(host)) {
        throw new TypeConversionException(
            "'"
                + host
                + "' leads others nowhere; write the name or the address at which they reach this"
                + " node");
      }
      return authority;
    }

    private static boolean isAny(String host) {
      return InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isAnyLocalAddress();
    }
  }
}
