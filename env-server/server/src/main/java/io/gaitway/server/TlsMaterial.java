package io.gaitway.server;

import io.grpc.util.CertificateUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and a key that fit.
 *
 * @param chain the server's certificate, then those of who vouches for it
 * @param key the server's key
 * @param clientCa who vouches for clients; empty if nobody does
 */
record TlsMaterial(X509Certificate[] chain, PrivateKey key, X509Certificate[] clientCa) {

  /**
   * Reads and checks files.
   *
   * @throws IOException naming the option and the file at fault
   */
  static TlsMaterial load(Path certificate, Path key, @Nullable Path clientCa) throws IOException {
    X509Certificate[] chain = certificates("--tls-certificate", certificate);
    requireValid(certificate, chain[0]);
    PrivateKey secret = key(key);
    if (!fit(chain[0], secret)) {
      throw new IOException(
          "--tls-key %s is not the key of --tls-certificate %s".formatted(key, certificate));
    }
    return new TlsMaterial(
        chain,
        secret,
        clientCa == null ? new X509Certificate[0] : certificates("--tls-client-ca", clientCa));
  }

  private static void requireValid(Path file, X509Certificate certificate) throws IOException {
    try {
      certificate.checkValidity();
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw new IOException(
          "--tls-certificate %s is valid from %s to %s, which is not now; renew it"
              .formatted(
                  file,
                  certificate.getNotBefore().toInstant(),
                  certificate.getNotAfter().toInstant()),
          e);
    }
  }

  private static PrivateKey key(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateUtils.getPrivateKey(in);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw unreadable("--tls-key", file, "a private key in PKCS#8 (BEGIN PRIVATE KEY)", e);
    }
  }

  private static X509Certificate[] certificates(String option, Path file) throws IOException {
    String expected = "certificates in PEM (BEGIN CERTIFICATE)";
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] found = CertificateUtils.getX509Certificates(in);
      if (found.length > 0) {
        return found;
      }
    } catch (GeneralSecurityException e) {
      throw unreadable(option, file, expected, e);
    }
    throw unreadable(option, file, expected, null);
  }

  private static IOException unreadable(
      String option, Path file, String expected, @Nullable Exception cause) {
    return new IOException(
        "%s must hold %s, but %s does not".formatted(option, expected, file), cause);
  }

  /** Whether a certificate's public key belongs to a private key. */
  private static boolean fit(X509Certificate certificate, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] text = {1, 2, 3};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(text);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      signature.update(text);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
