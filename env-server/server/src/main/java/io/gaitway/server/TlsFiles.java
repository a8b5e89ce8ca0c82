package io.gaitway.server;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of a server that speaks TLS. They are read again while it runs, so that a
 * certificate is renewed by replacing both files.
 *
 * @param certificate its certificate, and behind it those of who vouches for it
 * @param key its private key, in PKCS#8
 * @param clientCa certificates of those who vouch for clients, which then have to show one; null if
 *     clients show none
 */
record TlsFiles(Path certificate, Path key, @Nullable Path clientCa) {
  private static final long LOOK_SECONDS = 5;

  /**
   * What a transport needs to speak TLS 1.2 and 1.3.
   *
   * @throws IOException if a file cannot be read, holds something else, does not fit another, or
   *     holds a certificate that is not valid now
   */
  ServerCredentials credentials() throws IOException {
    check();
    ScheduledExecutorService watch =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "gaitway-certificates");
              thread.setDaemon(true);
              return thread;
            });
    try {
      AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
      keys.updateIdentityCredentials(
          certificate.toFile(), key.toFile(), LOOK_SECONDS, TimeUnit.SECONDS, watch);
      TlsServerCredentials.Builder credentials = TlsServerCredentials.newBuilder().keyManager(keys);
      if (clientCa != null) {
        AdvancedTlsX509TrustManager trust =
            AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(
                    AdvancedTlsX509TrustManager.Verification.CERTIFICATE_ONLY_VERIFICATION)
                .build();
        trust.updateTrustCredentials(clientCa.toFile(), LOOK_SECONDS, TimeUnit.SECONDS, watch);
        credentials.trustManager(trust).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
      }
      return credentials.build();
    } catch (GeneralSecurityException e) {
      watch.shutdownNow();
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private void check() throws IOException {
    X509Certificate own = certificates("--tls-certificate", certificate)[0];
    try {
      own.checkValidity();
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw new IOException(
          "--tls-certificate %s is valid from %s to %s, which is not now; renew it"
              .formatted(
                  certificate, own.getNotBefore().toInstant(), own.getNotAfter().toInstant()),
          e);
    }
    PrivateKey secret;
    try (InputStream in = Files.newInputStream(key)) {
      secret = CertificateUtils.getPrivateKey(in);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw unreadable("--tls-key", key, "a private key in PKCS#8 (BEGIN PRIVATE KEY)", e);
    }
    if (!fit(own, secret)) {
      throw new IOException(
          "--tls-key %s is not the key of --tls-certificate %s".formatted(key, certificate));
    }
    if (clientCa != null) {
      certificates("--tls-client-ca", clientCa);
    }
  }

  private static X509Certificate[] certificates(String option, Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] found = CertificateUtils.getX509Certificates(in);
      if (found.length > 0) {
        return found;
      }
    } catch (GeneralSecurityException e) {
      throw unreadable(option, file, "certificates in PEM (BEGIN CERTIFICATE)", e);
    }
    throw unreadable(option, file, "certificates in PEM (BEGIN CERTIFICATE)", null);
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
