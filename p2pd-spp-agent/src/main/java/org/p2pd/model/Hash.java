package org.p2pd.model;

import com.google.common.io.BaseEncoding;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/** The 32 bytes that one of the {@linkplain DigestAlgorithm digests} put out. Immutable. */
public final class Hash {

  /** Length of every hash in bytes. */
  public static final int BYTES = 32;

  private static final BaseEncoding HEX = BaseEncoding.base16().lowerCase();

  private final byte[] bytes;

  private Hash(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A hash of exactly these 32 bytes, which are copied. */
  public static Hash of(byte[] bytes) {
    return of(bytes, 0);
  }

  /** A hash of the 32 bytes that begin at {@code offset}, which are copied. */
  public static Hash of(byte[] bytes, int offset) {
    if (offset < 0 || bytes.length - offset < BYTES) {
      throw new IllegalArgumentException(
          "a hash has 32 bytes, here are " + (bytes.length - offset));
    }
    return new Hash(Arrays.copyOfRange(bytes, offset, offset + BYTES));
  }

  /** Reads the next 32 bytes of the buffer and moves its position behind them. */
  public static Hash read(ByteBuffer from) {
    byte[] bytes = new byte[BYTES];
    from.get(bytes);
    return new Hash(bytes);
  }

  /** The hash written as 43 characters of unpadded base64url, if it is one. */
  public static Optional<Hash> ofBase64Url(String text) {
    if (text.length() != 43) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      Hash hash = Hash.of(bytes);
      // The last character carries two unused bits; only their zero form is canonical.
      return hash.toBase64Url().equals(text) ? Optional.of(hash) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The hash written as 64 lower-case hexadecimal digits, if it is one. */
  public static Optional<Hash> ofHex(String text) {
    if (text.length() != 2 * BYTES || !HEX.canDecode(text)) {
      return Optional.empty();
    }
    return Optional.of(new Hash(HEX.decode(text)));
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Appends the 32 bytes to the buffer. */
  public void write(ByteBuffer to) {
    to.put(bytes);
  }

  /** Copies the 32 bytes into an array. */
  public void copyTo(byte[] to, int offset) {
    System.arraycopy(bytes, 0, to, offset, BYTES);
  }

  /** Whether these are the 32 bytes at {@code offset}. */
  public boolean matches(byte[] other, int offset) {
    return Arrays.equals(bytes, 0, BYTES, other, offset, offset + BYTES);
  }

  /** The first eight bytes, big-endian: as good as random. */
  public long firstLong() {
    return ByteBuffer.wrap(bytes).getLong();
  }

  /** 43 characters, unpadded. */
  public String toBase64Url() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** 64 lower-case digits. */
  public String toHex() {
    return HEX.encode(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    // The bytes are a digest's output: any four of them are as good as all.
    return bytes[0] << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | (bytes[3] & 0xFF);
  }

  @Override
  public String toString() {
    return toBase64Url();
  }
}
