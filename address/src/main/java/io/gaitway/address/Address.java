package io.gaitway.address;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is: a TCP port of a host, or a Unix domain socket. {@link #parse} reads what
 * {@code toString} writes.
 */
public sealed interface Address {

  /**
   * Reads an address as people write it: {@code host:port}, {@code [ipv6]:port}, {@code
   * [ipv6%zone]:port} or {@code unix:path}. All that follows {@code unix:} is the path, character
   * by character, but for slashes before it, of which one is left: {@code unix:///path} is taken as
   * well.
   *
   * @throws IllegalArgumentException if it is none of these; the message says what is
   */
  static Address parse(String text) {
    return text.startsWith(Unix.SCHEME) ? Unix.parse(text) : Tcp.parse(text);
  }

  /** Whether it is on this machine by its form: a Unix domain socket, a loopback address. */
  boolean isLocal();

  /**
   * A TCP port of a host.
   *
   * @param host name or number; an IPv6 address without brackets, behind a {@code %} its zone if it
   *     has one
   * @param port 1 to 65535
   */
  record Tcp(String host, int port) implements Address {
    private static final Pattern HOST_PORT =
        Pattern.compile(
            "(?:\\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:%[^\\s\\[\\]%/]+)?)\\]|([^\\s\\[\\]:/%]+)):(\\d{1,5})");
    private static final Pattern BARE_IPV6 = Pattern.compile("(.*:.*):(\\d{1,5})");
    private static final Pattern SCHEME = Pattern.compile("(?:https?|grpcs?|ssl)://");
    private static final Pattern NUMBER = Pattern.compile("[0-9.]+|.*:.*");
    private static final int MAX_PORT = 65_535;

    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if the host is neither a name nor a number, or the port is
     *     out of its range
     */
    public Tcp {
      if (!isHost(host)) {
        throw new IllegalArgumentException(
            "host must be a name of letters, digits, '-' and '.', or an IP address, but is '"
                + host
                + "'");
      }
      if (port < 1 || port > MAX_PORT) {
        throw new IllegalArgumentException(
            "port must be between 1 and %d, but is %d".formatted(MAX_PORT, port));
      }
    }

    static Tcp parse(String text) {
      Matcher matcher = HOST_PORT.matcher(text);
      if (matcher.matches()) {
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        int port = Integer.parseInt(matcher.group(3));
        if (isHost(host) && port >= 1 && port <= MAX_PORT) {
          return new Tcp(host, port);
        }
      }
      throw new IllegalArgumentException(
          "address must be host:port with a port from 1 to 65535, such as 127.0.0.1:7447, or"
              + " unix:/path/to/socket, but is '%s'%s".formatted(text, hint(text)));
    }

    private static String hint(String text) {
      if (SCHEME.matcher(text).lookingAt()) {
        return "; with TLS it is tls://host:port";
      }
      Matcher bare = BARE_IPV6.matcher(text);
      return bare.matches() && isHost(bare.group(1))
          ? "; an IPv6 address needs brackets: [%s]:%s".formatted(bare.group(1), bare.group(2))
          : "";
    }

    static boolean isHost(String host) {
      return host.indexOf(':') >= 0 ? isIpv6(host) : isName(host);
    }

    private static boolean isIpv6(String host) {
      int zone = host.indexOf('%');
      if (zone == host.length() - 1) {
        return false;
      }
      try {
        // Brackets say that it is a number, so that nobody is asked for it.
        return InetAddress.getByName("[" + (zone < 0 ? host : host.substring(0, zone)) + "]")
            != null;
      } catch (UnknownHostException e) {
        return false;
      }
    }

    private static boolean isName(String host) {
      try {
        return host.equals(new URI(null, null, host, 1, null, null, null).getHost());
      } catch (URISyntaxException e) {
        return false;
      }
    }

    @Override
    public boolean isLocal() {
      if (!NUMBER.matcher(host).matches()) {
        return host.equalsIgnoreCase("localhost");
      }
      try {
        return InetAddress.getByName(host.replaceFirst("%.*", "")).isLoopbackAddress();
      } catch (UnknownHostException e) {
        return false;
      }
    }

    /**
     * Host and port as people write them, whether there can be such an address or not: an IPv6
     * address in brackets.
     */
    public static String text(String host, int port) {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    /** As {@link Address#parse} reads it. */
    @Override
    public String toString() {
      return text(host, port);
    }
  }

  /**
   * A Unix domain socket.
   *
   * @param path absolute, or relative to the working directory
   */
  record Unix(String path) implements Address {
    /** Bytes that a path may have: more have no room in the address of a socket. */
    public static final int MAX_BYTES =
        System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac") ? 103 : 107;

    private static final String SCHEME = "unix:";

    /**
     * Checks the path.
     *
     * @throws IllegalArgumentException if it is empty or /, too long for a socket, or has a control
     *     character
     */
    public Unix {
      if (path.isEmpty() || path.equals("/") || path.chars().anyMatch(Character::isISOControl)) {
        throw new IllegalArgumentException(
            "address must name the path of a socket, such as unix:/path/to/socket, but is '"
                + SCHEME
                + path
                + "'");
      }
      int bytes = path.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_BYTES) {
        throw new IllegalArgumentException(
            ("address has a path of %d bytes, and the path of a socket must have at most %d; use a"
                    + " shorter one, or one relative to the working directory: '%s%s'")
                .formatted(bytes, MAX_BYTES, SCHEME, path));
      }
    }

    private static Unix parse(String text) {
      // Slashes before a path are as good as one: unix:///path is how a URI has it.
      return new Unix(text.substring(SCHEME.length()).replaceFirst("^//+", "/"));
    }

    @Override
    public boolean isLocal() {
      return true;
    }

    /** As {@link Address#parse} reads it. */
    @Override
    public String toString() {
      return SCHEME + path;
    }
  }
}
