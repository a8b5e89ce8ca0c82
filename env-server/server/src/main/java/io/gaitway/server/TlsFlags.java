package io.gaitway.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for TLS. */
final class TlsFlags {
  @Option(
      names = "--tls-certificate",
      paramLabel = "PEM",
      description =
          "Speak TLS with this certificate, behind which may be those of who vouches for it. Read"
              + " again when it and the key are replaced.")
  private @Nullable Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "PEM",
      description = "Private key of the certificate, in PKCS#8.")
  private @Nullable Path key;

  @Option(
      names = "--tls-client-ca",
      paramLabel = "PEM",
      description = "Let only clients in with a certificate that one of these vouches for.")
  private @Nullable Path clientCa;

  /**
   * The files; null without TLS.
   *
   * @throws IllegalArgumentException if some are missing; the message names the options
   */
  @Nullable TlsFiles files() {
    if (certificate != null && key != null) {
      return new TlsFiles(certificate, key, clientCa);
    }
    if (certificate == null && key == null && clientCa != null) {
      throw new IllegalArgumentException(
          "--tls-client-ca is of use with --tls-certificate and --tls-key only; give these too");
    }
    if (certificate != null || key != null) {
      throw new IllegalArgumentException(
          "TLS needs both --tls-certificate and --tls-key, but %s is not given"
              .formatted(certificate == null ? "--tls-certificate" : "--tls-key"));
    }
    return null;
  }
}
