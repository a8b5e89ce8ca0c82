package io.gaitway.server;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PEM files of a server that speaks TLS. They are read again when they change, so that a
 * certificate is renewed by replacing its files. gRPC's own watch would look once a minute, and
 * take a certificate without its key.
 */
public final class TlsFiles {
  private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
  private static final long LOOK_SECONDS = 2;

  private final Path certificate;
  private final Path key;
  private final @Nullable Path clientCa;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private List<FileTime> seen = List.of();

  /**
   * Names the files.
   *
   * @param certificate its certificate, and behind it those of who vouches for it
   * @param key its private key, in PKCS#8
   * @param clientCa certificates of those who vouch for clients, which then have to show one; null
   *     if clients show none
   */
  public TlsFiles(Path certificate, Path key, @Nullable Path clientCa) {
    this.certificate = certificate;
    this.key = key;
    this.clientCa = clientCa;
  }

  /**
   * What a transport needs to speak TLS 1.2 and 1.3.
   *
   * @throws IOException if a file cannot be read, holds something else, does not fit another, or
   *     holds a certificate that is not valid now
   */
  ServerCredentials credentials() throws IOException {
    TlsServerCredentials.Builder credentials = TlsServerCredentials.newBuilder().keyManager(keys);
    try {
      AdvancedTlsX509TrustManager trust = null;
      if (clientCa != null) {
        trust =
            AdvancedTlsX509TrustManager.newBuilder()
                .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
                .build();
        credentials.trustManager(trust).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE);
      }
      seen = changes();
      take(trust);
      watch(trust);
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
    return credentials.build();
  }

  private void take(@Nullable AdvancedTlsX509TrustManager trust)
      throws IOException, GeneralSecurityException {
    TlsMaterial material = TlsMaterial.load(certificate, key, clientCa);
    keys.updateIdentityCredentials(material.chain(), material.key());
    if (trust != null) {
      trust.updateTrustCredentials(material.clientCa());
    }
  }

  private void watch(@Nullable AdvancedTlsX509TrustManager trust) {
    ScheduledExecutorService watch =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "gaitway-certificates");
              thread.setDaemon(true);
              return thread;
            });
    watch.scheduleWithFixedDelay(() -> look(trust), LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  private void look(@Nullable AdvancedTlsX509TrustManager trust) {
    try {
      List<FileTime> now = changes();
      if (!now.equals(seen)) {
        seen = now;
        take(trust);
        LOG.info("Took the certificate in {}", certificate);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.warn("The certificate stays as it was: {}", e.getMessage());
    }
  }

  /** When each file was last changed. */
  private List<FileTime> changes() throws IOException {
    List<FileTime> times = new ArrayList<>();
    times.add(Files.getLastModifiedTime(certificate));
    times.add(Files.getLastModifiedTime(key));
    if (clientCa != null) {
      times.add(Files.getLastModifiedTime(clientCa));
    }
    return times;
  }
}
