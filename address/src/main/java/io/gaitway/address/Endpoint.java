package io.gaitway.address;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a server is and how to speak to it: its address, TLS, and the token that says who calls.
 * {@link #parse} reads what {@code toString} writes, which never holds a token.
 *
 * @param address where it is; with TLS a TCP address
 * @param tls how TLS is spoken; null for plaintext
 * @param token the token of every call; null for the one that the environment names, if any
 */
public record Endpoint(Address address, @Nullable Tls tls, @Nullable Token token) {
  /** Environment variable with a token, for endpoints that name none. */
  public static final String TOKEN_VARIABLE = "GAITWAY_TOKEN";

  /** Environment variable with the path of a file with a token, for endpoints that name none. */
  public static final String TOKEN_FILE_VARIABLE = "GAITWAY_TOKEN_FILE";

  /**
   * Checks that the three fit.
   *
   * @throws IllegalArgumentException if TLS is to be spoken over a Unix domain socket, or a token
   *     is to be sent in plaintext to another machine
   */
  public Endpoint {
    if (tls != null && address instanceof Address.Unix) {
      throw new IllegalArgumentException(
          "endpoint %s is a Unix domain socket, over which there is no TLS".formatted(address));
    }
    if (token != null && !keepsSecrets(address, tls)) {
      throw new IllegalArgumentException(
          ("endpoint %s is plaintext, in which a token is sent to this machine only; use TLS:"
                  + " tls://%s")
              .formatted(address, address));
    }
  }

  /** A server in plaintext, without a token of its own. */
  public Endpoint(Address address) {
    this(address, null, null);
  }

  /**
   * Reads an endpoint as people write it: an address as {@link Address#parse} reads it, which is
   * plaintext; {@code tls://host:port}, perhaps with {@code ?}, of {@code ca}, {@code cert}, {@code
   * key}, {@code server_name} and {@code token_file} those that are needed, as {@code NAME=VALUE}
   * with {@code &} between them; or {@code tcp://host:port?token_file=FILE}, plaintext on this
   * machine. In values, {@code %} and two hexadecimal digits stand for a byte.
   *
   * @throws IllegalArgumentException if it is none of these; the message says what is
   */
  public static Endpoint parse(String text) {
    return EndpointText.parse(text);
  }

  /** The same endpoint with this token. */
  public Endpoint withToken(Token token) {
    return new Endpoint(address, tls, token);
  }

  /** The same endpoint with the paths of its files absolute, for a process that runs elsewhere. */
  public Endpoint absolute() {
    return new Endpoint(
        address instanceof Address.Unix unix
            ? new Address.Unix(Paths.absolute(unix.path()))
            : address,
        tls == null ? null : tls.absolute(),
        token instanceof Token.InFile file ? new Token.InFile(Paths.absolute(file.path())) : token);
  }

  /**
   * The token to send: the endpoint's own, else the one that the environment names, if this
   * endpoint is TLS or on this machine.
   *
   * @param environment the variables of this process
   * @throws IllegalArgumentException if the environment names one that is not a token
   */
  public @Nullable Token tokenOr(Map<String, String> environment) {
    if (token != null || !keepsSecrets(address, tls)) {
      return token;
    }
    String given = environment.getOrDefault(TOKEN_VARIABLE, "");
    if (!given.isEmpty()) {
      try {
        return new Token.Given(given);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(TOKEN_VARIABLE + ": " + e.getMessage(), e);
      }
    }
    String file = environment.getOrDefault(TOKEN_FILE_VARIABLE, "");
    return file.isEmpty() ? null : new Token.InFile(file);
  }

  private static boolean keepsSecrets(Address address, @Nullable Tls tls) {
    return tls != null || address.isLocal();
  }

  /** As {@link #parse} reads it; a token that was given in code is left out. */
  @Override
  public String toString() {
    return EndpointText.of(this);
  }
}
