package io.gaitway.client.internal;

import io.gaitway.address.Endpoint;
import io.gaitway.address.Tls;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files of an endpoint's TLS, as gRPC takes them. */
final class TlsFiles {
  private TlsFiles() {}

  /**
   * What a channel speaks to an endpoint.
   *
   * @throws IllegalArgumentException if a file cannot be read
   */
  static ChannelCredentials credentials(Endpoint endpoint) {
    Tls tls = endpoint.tls();
    if (tls == null) {
      return InsecureChannelCredentials.create();
    }
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    try {
      if (tls.ca() != null) {
        credentials.trustManager(readable("ca", tls.ca()));
      }
      if (tls.certificate() != null) {
        credentials.keyManager(readable("cert", tls.certificate()), readable("key", tls.key()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return credentials.build();
  }

  private static File readable(String name, @Nullable String path) {
    try {
      Path file = Path.of(String.valueOf(path));
      try (InputStream in = Files.newInputStream(file)) {
        in.readNBytes(1);
      }
      return file.toFile();
    } catch (IOException | InvalidPathException e) {
      throw new IllegalArgumentException(
          "%s '%s' cannot be read (%s); name a PEM file".formatted(name, path, e), e);
    }
  }
}
