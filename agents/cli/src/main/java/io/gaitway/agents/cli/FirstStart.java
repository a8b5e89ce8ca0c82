package io.gaitway.agents.cli;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Does a little of what the program is for, so that Java can note which classes that takes. The
 * starters run it once, with an empty standard input, before they have Java lay these classes down
 * in an archive for a fast start; see {@code lib/gaitway.sh} of a release.
 */
final class FirstStart {
  private FirstStart() {}

  /**
   * Runs and exits.
   *
   * @param args a directory for a run
   */
  public static void main(String[] args) {
    Gaitway.prepareProcess();
    run("--version");
    run("train", "--help");
    run("robot", "pendulum");
    // Ends at once, as its input does.
    run("serve", "--private", "--until-eof");
    step();
    String out = Path.of(args[0]).resolve("run").toString();
    int code =
        run("train", "vgps", "swimmer", "--iterations=1", "--param=horizon=10", "--out=" + out);
    System.exit(code);
  }

  private static int run(String... args) {
    return Gaitway.commandLine().execute(args);
  }

  /** Steps an environment as a client in another process would. */
  private static void step() {
    try (EmbeddedServer server = EmbeddedServer.startForProcesses();
        GaitwayClient client = server.client();
        Session session = client.session("swimmer", Map.of(), SessionOptions.defaults());
        StepStream stream = session.stream()) {
      stream.reset(Reset.all());
      stream.step(new double[session.environment().nu()]);
    }
  }
}
