package io.gaitway.server.certificate;

import com.google.common.net.InetAddresses;
import com.google.common.net.InternetDomainName;
import java.util.regex.Pattern;

/** Names that a certificate may have. */
final class HostNames {
  private static final Pattern CLIENT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,62}");

  private HostNames() {}

  /** Whether a name is an IP address. */
  static boolean isAddress(String name) {
    return InetAddresses.isInetAddress(name);
  }

  /** Whether a server may have this name: a host name or an IP address. */
  static boolean isServer(String name) {
    return isAddress(name) || InternetDomainName.isValid(name);
  }

  /** Whether a client may have this name, which is also that of its files. */
  static boolean isClient(String name) {
    return CLIENT.matcher(name).matches();
  }
}
