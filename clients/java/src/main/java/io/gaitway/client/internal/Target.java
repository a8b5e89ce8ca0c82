package io.gaitway.client.internal;

import io.gaitway.address.Address;
import io.gaitway.address.Endpoint;
import io.gaitway.address.Token;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a server is: at an address, or in this process. */
public sealed interface Target {

  /** The token of calls to it, perhaps one that the environment names; null for none. */
  @Nullable Token token(Map<String, String> environment);

  /**
   * As another process of this machine names it: paths are absolute.
   *
   * @throws UnsupportedOperationException if it cannot
   */
  String elsewhere();

  /** How to start a server that this target would find, for messages. */
  String startHint();

  /** A server in another process, or one that could be. */
  record Remote(Endpoint endpoint) implements Target {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:%+=@-]+");

    /** A server in plaintext. */
    public Remote(Address address) {
      this(new Endpoint(address));
    }

    @Override
    public @Nullable Token token(Map<String, String> environment) {
      return endpoint.tokenOr(environment);
    }

    @Override
    public String elsewhere() {
      if (endpoint.token() instanceof Token.Given) {
        throw new UnsupportedOperationException(
            "the token of %s was given in code, and no other process is told it; name its file with token_file"
                .formatted(endpoint));
      }
      return endpoint.absolute().toString();
    }

    @Override
    public String startHint() {
      Address address = endpoint.address();
      String options =
          address instanceof Address.Tcp tcp
              ? "--host %s --port %d".formatted(quoted(tcp.host()), tcp.port())
              : "--unix " + quoted(((Address.Unix) address).path());
      String tls = endpoint.tls() == null ? "" : " --tls-certificate PEM --tls-key PEM";
      return "start one with: gaitway serve " + options + tls;
    }

    /** A word as a shell reads it. */
    private static String quoted(String word) {
      return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public String toString() {
      return endpoint.toString();
    }
  }

  /** The name of a server in this process. */
  record InProcess(String name) implements Target {
    @Override
    public @Nullable Token token(Map<String, String> environment) {
      return null;
    }

    @Override
    public String elsewhere() {
      throw new UnsupportedOperationException("%s is within this process".formatted(this));
    }

    @Override
    public String startHint() {
      return "a server of this name has to be started in this process first";
    }

    @Override
    public String toString() {
      return "in-process:" + name;
    }
  }
}
