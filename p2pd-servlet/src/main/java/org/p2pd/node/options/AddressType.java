package org.p2pd.node.options;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A numeric address of this machine; IPv6 may stand in brackets. */
final class AddressType implements ITypeConverter<InetAddress> {

  @Override
  public InetAddress convert(String text) {
    boolean brackets = text.startsWith("[") && text.endsWith("]");
    String address = brackets ? text.substring(1, text.length() - 1) : text;
    if (!InetAddresses.isInetAddress(address)) {
      throw new TypeConversionException(
          "'" + text + "' is no address; write a numeric one such as 10.0.0.2 or ::1");
    }
    return InetAddresses.forString(address);
  }
}
