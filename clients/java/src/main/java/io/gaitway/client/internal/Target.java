package io.gaitway.client.internal;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is: a TCP address, the path of a Unix domain socket, or a name in this process.
 */
public sealed interface Target {

  /** How to start a server that this target would find, for messages. */
  String startHint();

  /** A TCP address; {@code host} without the brackets of an IPv6 literal. */
  public record Tcp(String host, int port) implements Target {
    /** The address, not yet resolved. */
    InetSocketAddress address() {
      return InetSocketAddress.createUnresolved(host, port);
    }

    @Override
    public String startHint() {
      return "start one with: ./gaitway serve --host " + host + " --port " + port;
    }

    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** The path of a Unix domain socket. */
  public record Unix(String path) implements Target {
    @Override
    public String startHint() {
      return "a server has to listen on this socket first";
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** The name of a server in this process. */
  public record InProcess(String name) implements Target {
    @Override
    public String startHint() {
      return "an in-process server of this name has to be started first";
    }

    @Override
    public String toString() {
      return "in-process:" + name;
    }
  }

  /** {@code host:port}, or {@code [v6]:port}. */
  Pattern HOST_PORT = Pattern.compile("(?:\\[([0-9a-fA-F:.%]+)\\]|([^\\s\\[\\]:/]+)):(\\d{1,5})");

  /**
   * Reads {@code host:port}, {@code [ipv6]:port} or {@code unix:path}.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static Target parse(String text) {
    if (text.startsWith("unix:")) {
      String path = text.substring("unix:".length());
      path = path.startsWith("//") ? path.substring(2) : path;
      if (path.isEmpty()) {
        throw new IllegalArgumentException(
            "target is '" + text + "', which names no path; write unix:/path/to/socket");
      }
      return new Unix(path);
    }
    Matcher matcher = HOST_PORT.matcher(text);
    int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          "target is '"
              + text
              + "'; write host:port with a port from 1 to 65535, such as 127.0.0.1:50051,"
              + " or unix:/path/to/socket");
    }
    String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    return new Tcp(host, port);
  }
}
