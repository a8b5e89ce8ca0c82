package io.gaitway.server;

import io.gaitway.address.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A host to listen on, as clients are told of it.
 *
 * @param name a name, or an address without brackets; an IPv6 address may have a zone behind a %
 */
record ListenHost(String name) {
  /** Reads a host as people write one: an IPv6 address may be in brackets, as it is in a URL. */
  static ListenHost parse(String text) {
    boolean brackets = text.startsWith("[") && text.endsWith("]");
    return new ListenHost(brackets ? text.substring(1, text.length() - 1) : text);
  }

  /** The address of a port here, resolved if the host can be. */
  InetSocketAddress socketAddress(int port) {
    return new InetSocketAddress(name, port);
  }

  /** Whether only this machine reaches it. */
  boolean isLoopback() {
    InetAddress address = socketAddress(0).getAddress();
    return address != null && address.isLoopbackAddress();
  }

  /** Host and port, as clients take them. */
  String withPort(int port) {
    return Address.Tcp.text(name, port);
  }

  /** The URL of a port here, without a path. */
  String url(int port) {
    return "http://" + new ListenHost(name.replace("%", "%25")).withPort(port);
  }
}
