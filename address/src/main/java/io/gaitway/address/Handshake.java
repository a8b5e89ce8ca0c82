package io.gaitway.address;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The line by which a child process says where it listens, such as {@code
 * gaitway-server|1|tcp|127.0.0.1:43127}: who it is, the version of this handshake, the transport
 * ({@code tcp}, {@code tls} or {@code unix}), and what follows that in the text of an {@link
 * Endpoint}: the address, perhaps with parameters, or the socket's path. A process prints it on
 * standard output when it is ready, perhaps after other lines.
 */
public enum Handshake {
  /** Of a program that serves an agent. */
  AGENT("gaitway-agent"),
  /** Of a program that serves environments. */
  SERVER("gaitway-server");

  private static final int VERSION = 1;
  private static final String UNIX = "unix:";
  private static final Pattern LINE =
      Pattern.compile("[a-z-]+\\|(\\d{1,9})\\|(tcp|tls|unix)\\|(.+)");

  private final String word;

  Handshake(String word) {
    this.word = word;
  }

  /** The line of a process that listens on an address, in plaintext. */
  public String line(Address address) {
    return line(new Endpoint(address));
  }

  /** The line of a process that others reach at an endpoint. */
  public String line(Endpoint endpoint) {
    String text = endpoint.toString();
    if (endpoint.address() instanceof Address.Unix) {
      return "%s|%d|unix|%s".formatted(word, VERSION, text.substring(UNIX.length()));
    }
    return "%s|%d|%s|%s"
        .formatted(
            word,
            VERSION,
            endpoint.tls() == null ? "tcp" : "tls",
            text.replaceFirst("^t..://", ""));
  }

  /** Whether a line of output is meant as this handshake, sound or not. */
  public boolean isMeantBy(String line) {
    return line.startsWith(word + "|");
  }

  /**
   * Where the process that printed a line listens.
   *
   * @throws IllegalArgumentException if the line is not this handshake, or one of another version;
   *     the message goes on from the name of the process
   */
  public Endpoint read(String line) {
    Matcher matcher = LINE.matcher(line.strip());
    if (!isMeantBy(line) || !matcher.matches()) {
      throw new IllegalArgumentException(
          "printed '%s' instead of a handshake such as %s|%d|tcp|127.0.0.1:43127"
              .formatted(line.strip(), word, VERSION));
    }
    if (Integer.parseInt(matcher.group(1)) != VERSION) {
      throw new IllegalArgumentException(
          "printed a handshake of version %s, but this program reads version %d"
              .formatted(matcher.group(1), VERSION));
    }
    String transport = matcher.group(2);
    String where = matcher.group(3);
    if (transport.equals("unix") || !where.startsWith(UNIX)) {
      try {
        return Endpoint.parse(transport.equals("unix") ? UNIX + where : transport + "://" + where);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "printed a handshake with an address that cannot be used: " + e.getMessage(), e);
      }
    }
    throw new IllegalArgumentException(
        "printed a handshake with a socket's path as its TCP address: '%s'"
            .formatted(line.strip()));
  }
}
