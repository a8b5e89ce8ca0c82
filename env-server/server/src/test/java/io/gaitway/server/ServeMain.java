package io.gaitway.server;

import picocli.CommandLine;

/** Runs the serve command in a process of its own, for tests. */
final class ServeMain {
  private ServeMain() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new ServeCommand()).execute(args));
  }
}
