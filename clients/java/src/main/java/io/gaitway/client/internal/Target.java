package io.gaitway.client.internal;

import io.gaitway.address.Address;
import java.util.regex.Pattern;

/** Where a server is: at an address, or in this process. */
public sealed interface Target {

  /** How to start a server that this target would find, for messages. */
  String startHint();

  /** A server in another process, or one that could be. */
  record Remote(Address address) implements Target {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:%+=@-]+");

    @Override
    public String startHint() {
      String options =
          address instanceof Address.Tcp tcp
              ? "--host %s --port %d".formatted(quoted(tcp.host()), tcp.port())
              : "--unix " + quoted(((Address.Unix) address).path());
      return "start one with: ./gaitway serve " + options;
    }

    /** A word as a shell reads it. */
    private static String quoted(String word) {
      return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }

  /** The name of a server in this process. */
  record InProcess(String name) implements Target {
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
