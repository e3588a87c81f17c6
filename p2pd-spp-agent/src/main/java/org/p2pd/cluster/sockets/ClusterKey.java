package org.p2pd.cluster.sockets;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.p2pd.spp.Secret;

/**
 * The key pair on P-256 that every node with the same secret makes for itself, from one HMAC of it:
 * a {@link Secret} has at least 16 bytes, made at random, so nobody gains by trying many. To have
 * the private key is to know the secret.
 */
record ClusterKey(ECPrivateKey privateKey, ECPublicKey publicKey) {

  static final String SIGNATURE = "SHA256withECDSA";

  private static final String LABEL = "p2pd-cluster-key-1";
  private static final String CURVE = "secp256r1";

  /** The key pair of a secret, always the same. */
  static ClusterKey of(Secret secret) {
    try {
      return derive(secret);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime cannot make keys on " + CURVE, e);
    }
  }

  private static ClusterKey derive(Secret secret) throws GeneralSecurityException {
    ECParameterSpec curve = curve();
    KeyFactory keys = KeyFactory.getInstance("EC");
    ECPrivateKey privateKey =
        (ECPrivateKey) keys.generatePrivate(new ECPrivateKeySpec(scalar(secret, curve), curve));
    // The JDK multiplies points only in a key agreement, which gives the product's x. Of the two
    // points with that x, the right one is told by a signature.
    BigInteger x = xOfProduct(privateKey, publicKey(keys, curve.getGenerator(), curve));
    for (BigInteger y : ysAt(x, curve)) {
      ECPublicKey publicKey = publicKey(keys, new ECPoint(x, y), curve);
      if (belongTogether(privateKey, publicKey)) {
        return new ClusterKey(privateKey, publicKey);
      }
    }
    throw new GeneralSecurityException("no point belongs to the private key");
  }

  private static ECParameterSpec curve() throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(CURVE));
    return parameters.getParameterSpec(ECParameterSpec.class);
  }

  /** FIPS 186-5 A.2.1: from 512 bits, so that the remainder favours no scalar. */
  private static BigInteger scalar(Secret secret, ECParameterSpec curve)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA512");
    mac.init(new SecretKeySpec(secret.toBytes(), "HmacSHA512"));
    byte[] bits = mac.doFinal(LABEL.getBytes(StandardCharsets.US_ASCII));
    return new BigInteger(1, bits)
        .mod(curve.getOrder().subtract(BigInteger.ONE))
        .add(BigInteger.ONE);
  }

  private static ECPublicKey publicKey(KeyFactory keys, ECPoint point, ECParameterSpec curve)
      throws GeneralSecurityException {
    return (ECPublicKey) keys.generatePublic(new ECPublicKeySpec(point, curve));
  }

  private static BigInteger xOfProduct(ECPrivateKey scalar, ECPublicKey point)
      throws GeneralSecurityException {
    KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
    agreement.init(scalar);
    agreement.doPhase(point, true);
    return new BigInteger(1, agreement.generateSecret());
  }

  /** The roots of x³ + ax + b; the field's prime p is 3 modulo 4, so z^((p+1)/4) is one. */
  private static BigInteger[] ysAt(BigInteger x, ECParameterSpec curve) {
    BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger square =
        x.pow(3).add(curve.getCurve().getA().multiply(x)).add(curve.getCurve().getB()).mod(p);
    BigInteger root = square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
    return new BigInteger[] {root, p.subtract(root)};
  }

  private static boolean belongTogether(ECPrivateKey privateKey, ECPublicKey publicKey)
      throws GeneralSecurityException {
    byte[] probe = LABEL.getBytes(StandardCharsets.US_ASCII);
    Signature signature = Signature.getInstance(SIGNATURE);
    signature.initSign(privateKey);
    signature.update(probe);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(probe);
    return signature.verify(signed);
  }

  /** Never the private half. */
  @Override
  public String toString() {
    return "a cluster key";
  }
}
