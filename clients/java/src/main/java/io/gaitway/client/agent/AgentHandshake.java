package io.gaitway.client.agent;

import io.gaitway.client.internal.Target;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The line by which an agent's process says where it listens. */
final class AgentHandshake {
  /** How the line begins, whatever its version. */
  static final String WORD = "gaitway-agent|";

  private static final int VERSION = 1;
  private static final Pattern LINE =
      Pattern.compile(Pattern.quote(WORD) + "(\\d{1,9})\\|(tcp|unix)\\|(\\S+)");

  private AgentHandshake() {}

  /** The line of an agent that listens on a TCP address. */
  static String line(Target.Tcp address) {
    return WORD + VERSION + "|tcp|" + address;
  }

  /**
   * Where the agent that printed a line listens.
   *
   * @throws AgentException if it is no handshake, or one of another version
   */
  static Target parse(String line) {
    Matcher matcher = LINE.matcher(line.strip());
    if (!matcher.matches()) {
      throw AgentException.contract(
          "printed '%s', which is no handshake such as %s%d|tcp|127.0.0.1:43127"
              .formatted(line.strip(), WORD, VERSION));
    }
    if (Integer.parseInt(matcher.group(1)) != VERSION) {
      throw AgentException.contract(
          "shakes hands in version %s, this program does in version %d"
              .formatted(matcher.group(1), VERSION));
    }
    boolean unix = matcher.group(2).equals("unix");
    try {
      return Target.parse((unix ? "unix:" : "") + matcher.group(3));
    } catch (IllegalArgumentException e) {
      throw AgentException.contract(
          "printed a handshake with an address that is none: " + e.getMessage());
    }
  }
}
