package io.gaitway.agents.cli;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.program.ServedAgent;
import io.gaitway.client.agent.AgentServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code serve-agent}. */
@Command(
    name = "serve-agent",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description = {
      "Serves an agent to a program that trains (gaitway.v1.AgentService).",
      "Prints one line with the address when it is ready, and ends when its standard input ends."
    },
    footer = {
      "",
      "Example:",
      "  gaitway train --agent 'gaitway serve-agent vgps' swimmer",
    })
final class ServeAgentCommand implements Callable<Integer> {
  /** Time that a training in progress gets to be ended by its host, when both hear of Ctrl-C. */
  private static final int PATIENCE_SECONDS = 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "AGENT", description = "Agent; 'gaitway agents' lists them.")
  private String name = "";

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "Serve on this TCP port, 0 for any that is free, which other users of this machine reach"
              + " too; default: a Unix socket, which they do not.")
  private @Nullable Integer port;

  ServeAgentCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireRange(spec, "--port", port, 0, 65_535);
    Agent<?> agent = Agents.load().get(name);
    CountDownLatch inputEnded = new CountDownLatch(1);
    try (AgentServer server = start(new ServedAgent(agent))) {
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> outlast(server, inputEnded), "outlast-training"));
      PrintWriter out = spec.commandLine().getOut();
      out.println(server.handshake());
      out.flush();
      System.in.transferTo(OutputStream.nullOutputStream());
      inputEnded.countDown();
      return 0;
    }
  }

  private AgentServer start(ServedAgent agent) throws IOException {
    return port == null ? AgentServer.start(agent) : AgentServer.start(agent, port);
  }

  /**
   * Keeps the process alive while its host finishes: in a terminal Ctrl-C reaches both, and the
   * host stops at the end of the running iteration.
   */
  private static void outlast(AgentServer server, CountDownLatch inputEnded) {
    if (!server.isBusy()) {
      return;
    }
    try {
      inputEnded.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
