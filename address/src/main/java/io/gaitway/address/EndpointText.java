package io.gaitway.address;

import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Endpoints as texts. */
final class EndpointText {
  private static final String TLS = "tls://";
  private static final String TCP = "tcp://";

  private static final String CA = "ca";
  private static final String CERTIFICATE = "cert";
  private static final String KEY = "key";
  private static final String SERVER_NAME = "server_name";
  private static final String TOKEN_FILE = "token_file";

  private EndpointText() {}

  static Endpoint parse(String text) {
    if (text.startsWith(TLS)) {
      return tls(text, text.substring(TLS.length()));
    }
    if (text.startsWith(TCP)) {
      String rest = text.substring(TCP.length());
      return endpoint(hostAndPort(TCP, rest), null, parameters(text, rest, List.of(TOKEN_FILE)));
    }
    return new Endpoint(Address.parse(text));
  }

  private static Endpoint tls(String text, String rest) {
    Map<String, String> values =
        parameters(text, rest, List.of(CA, CERTIFICATE, KEY, SERVER_NAME, TOKEN_FILE));
    Tls tls =
        new Tls(values.get(CA), values.get(CERTIFICATE), values.get(KEY), values.get(SERVER_NAME));
    return endpoint(hostAndPort(TLS, rest), tls, values);
  }

  private static Endpoint endpoint(Address address, @Nullable Tls tls, Map<String, String> values) {
    String file = values.get(TOKEN_FILE);
    return new Endpoint(address, tls, file == null ? null : new Token.InFile(file));
  }

  private static Address.Tcp hostAndPort(String scheme, String rest) {
    int query = rest.indexOf('?');
    String where = query < 0 ? rest : rest.substring(0, query);
    if (Address.parse(where) instanceof Address.Tcp tcp) {
      return tcp;
    }
    throw new IllegalArgumentException(
        "address must be host:port behind %s, but is '%s'".formatted(scheme, where));
  }

  private static Map<String, String> parameters(String text, String rest, List<String> allowed) {
    Map<String, String> values = new LinkedHashMap<>();
    int query = rest.indexOf('?');
    if (query < 0) {
      return values;
    }
    for (String part : rest.substring(query + 1).split("&", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      if (!allowed.contains(name)) {
        throw new IllegalArgumentException(
            name.equals("token")
                ? "endpoint must not hold a token, which logs would show; name its file with token_file"
                : "endpoint has the parameter '%s'; %s:// takes %s"
                    .formatted(shown(name), text.substring(0, 3), String.join(", ", allowed)));
      }
      String value = equals < 0 ? "" : decoded(name, part.substring(equals + 1));
      if (value.isEmpty() || value.chars().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException(
            "endpoint must give %s a value without control characters".formatted(name));
      }
      if (values.put(name, value) != null) {
        throw new IllegalArgumentException("endpoint names %s twice".formatted(name));
      }
    }
    return values;
  }

  /** A name as it is repeated: somebody may have written a token where a name belongs. */
  private static String shown(String name) {
    return name.length() > 20 ? name.substring(0, 8) + "…" : name;
  }

  private static String decoded(String name, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    ByteBuffer result = ByteBuffer.allocate(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        result.put(bytes[i]);
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit((char) bytes[i + 1], 16) : -1;
      int low = i + 2 < bytes.length ? Character.digit((char) bytes[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw misencoded(name, value);
      }
      result.put((byte) (16 * high + low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(result.flip()).toString();
    } catch (CharacterCodingException e) {
      throw misencoded(name, value);
    }
  }

  private static IllegalArgumentException misencoded(String name, String value) {
    return new IllegalArgumentException(
        "endpoint has %s=%s, but behind a %% there must be two hexadecimal digits, and the whole must be UTF-8; write %%25 for a %% itself"
            .formatted(name, value));
  }

  static String of(Endpoint endpoint) {
    List<String> parameters = new ArrayList<>();
    Tls tls = endpoint.tls();
    if (tls != null) {
      add(parameters, CA, tls.ca());
      add(parameters, CERTIFICATE, tls.certificate());
      add(parameters, KEY, tls.key());
      add(parameters, SERVER_NAME, tls.serverName());
    }
    // A Unix domain socket's path takes the whole text.
    if (endpoint.address() instanceof Address.Tcp
        && endpoint.token() instanceof Token.InFile file) {
      add(parameters, TOKEN_FILE, file.path());
    }
    String scheme = tls != null ? TLS : parameters.isEmpty() ? "" : TCP;
    String query = parameters.isEmpty() ? "" : "?" + String.join("&", parameters);
    return scheme + endpoint.address() + query;
  }

  private static void add(List<String> parameters, String name, @Nullable String value) {
    if (value != null) {
      parameters.add(name + "=" + encoded(value));
    }
  }

  /** All but letters, digits, {@code - . _ ~} and {@code /} is escaped, byte by byte. */
  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~")
        .replace("%2F", "/");
  }
}
