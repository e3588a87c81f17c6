package org.p2pd.cluster.sockets;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/**
 * The certificate in which a cluster key travels (RFC 5280, in DER). TLS wants one; nobody looks at
 * more than the key in it, so its name and its dates are fixed.
 */
final class SelfSigned {

  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int UTF8_STRING = 0x0c;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;

  private static final byte[] ECDSA_WITH_SHA256 = oid("2a8648ce3d040302"); // 1.2.840.10045.4.3.2
  private static final byte[] COMMON_NAME = oid("550403"); // 2.5.4.3

  private SelfSigned() {}

  static X509Certificate of(ClusterKey key) {
    byte[] algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
    byte[] name =
        der(
            SEQUENCE,
            der(
                SET,
                der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, "p2pd-cluster".getBytes(US_ASCII)))));
    byte[] always = der(SEQUENCE, time("20000101000000Z"), time("99991231235959Z"));
    byte[] toBeSigned =
        der(
            SEQUENCE,
            der(VERSION, der(INTEGER, new byte[] {2})), // v3
            der(INTEGER, new byte[] {1}), // serial number
            algorithm,
            name,
            always,
            name,
            key.publicKey().getEncoded());
    try {
      Signature signature = Signature.getInstance(ClusterKey.SIGNATURE);
      signature.initSign(key.privateKey());
      signature.update(toBeSigned);
      byte[] noUnusedBits = {0};
      byte[] certificate =
          der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, noUnusedBits, signature.sign()));
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("sign the cluster's certificate", e);
    }
  }

  private static byte[] time(String text) {
    return der(GENERALIZED_TIME, text.getBytes(US_ASCII));
  }

  private static byte[] oid(String hex) {
    return der(0x06, HexFormat.of().parseHex(hex));
  }

  /** One value: its tag, its length, and the parts of its content one after the other. */
  private static byte[] der(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (length >= 0x100) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length >= 0x80) {
      out.write(0x81);
    }
    out.write(length);
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
