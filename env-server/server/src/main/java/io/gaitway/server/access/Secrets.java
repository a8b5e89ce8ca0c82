package io.gaitway.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** The secrets of tokens: drawn at random, kept as hashes. */
final class Secrets {
  /** Tells people and scanners what they have found. */
  private static final String PREFIX = "gaitway_";

  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 5;
  private static final SecureRandom RANDOM = new SecureRandom();

  private Secrets() {}

  /** A new secret, of 256 random bits. */
  static String draw() {
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
  }

  /** A new id, of 40 random bits. */
  static String drawId() {
    return HexFormat.of().formatHex(bytes(ID_BYTES));
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  /** SHA-256 in hexadecimal digits. A secret of 256 random bits needs no slower hash. */
  static String hash(String secret) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
