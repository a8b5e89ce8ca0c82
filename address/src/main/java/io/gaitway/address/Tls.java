package io.gaitway.address;

import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken to a server. Files are PEM; their paths are absolute, or relative to the
 * working directory.
 *
 * @param ca certificates of those who vouch for the server; null for those that the system trusts
 * @param certificate this client's own certificate, and those of who vouches for it; null for none
 * @param key its private key; null exactly if there is no certificate
 * @param serverName the name in the server's certificate; null for the host of the address
 */
public record Tls(
    @Nullable String ca,
    @Nullable String certificate,
    @Nullable String key,
    @Nullable String serverName) {
  /** With what the system trusts. */
  public static final Tls DEFAULT = new Tls(null, null, null, null);

  /**
   * Checks that certificate and key come together.
   *
   * @throws IllegalArgumentException if only one of them does, or the name is no name of a host
   */
  public Tls {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          "endpoint must name both cert and key or neither, but names only "
              + (key == null ? "cert" : "key"));
    }
    if (serverName != null && !Address.Tcp.isHost(serverName)) {
      throw new IllegalArgumentException(
          "server_name must be the name of a host, but is '%s'".formatted(serverName));
    }
  }

  /** Trusts the certificates in a file. */
  public static Tls trusting(String ca) {
    return new Tls(ca, null, null, null);
  }

  Tls absolute() {
    return new Tls(
        ca == null ? null : Paths.absolute(ca),
        certificate == null ? null : Paths.absolute(certificate),
        key == null ? null : Paths.absolute(key),
        serverName);
  }
}
