package io.gaitway.agents.program;

import io.gaitway.client.agent.AgentDescription;
import io.gaitway.client.agent.AgentNote;
import io.gaitway.client.agent.AgentServer;
import io.gaitway.client.agent.AgentService;
import io.gaitway.client.agent.AgentTask;
import io.gaitway.client.agent.AgentTraining;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Trajectory;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** An agent in a process of its own that goes wrong in the way that its argument says. */
public final class RogueAgent implements AgentService {
  private static final int JOINTS = 2;

  private final String way;

  private RogueAgent(String way) {
    this.way = way;
  }

  /** The command line of one. */
  public static String rogue(String way) {
    return Puppet.commandLine(RogueAgent.class, way);
  }

  /** Serves the agent that goes wrong in the way of the first argument. */
  public static void main(String[] args) throws IOException {
    String way = args[0];
    switch (way) {
      case "exit" -> {
        System.err.println("no licence");
        System.exit(3);
      }
      case "mute" -> {}
      case "garbage" -> System.out.println("gaitway-agent|1|pigeon|roof");
      case "version" -> System.out.println("gaitway-agent|9|tcp|127.0.0.1:1");
      case "nobody" -> System.out.println("gaitway-agent|1|tcp|127.0.0.1:1");
      default -> {
        AgentServer server = AgentServer.start(new RogueAgent(way));
        System.out.println("Hello.");
        System.out.println(server.handshake());
      }
    }
    System.in.transferTo(OutputStream.nullOutputStream());
    System.exit(0);
  }

  @Override
  public AgentDescription describe(String environment) {
    return new AgentDescription(
        "rogue",
        "Goes wrong.",
        "1",
        List.of(
            new AgentDescription.Setting(
                "size",
                "How much.",
                AgentDescription.Type.INTEGER,
                Map.of("default", way.equals("boast") ? "12" : "5"),
                1,
                Double.NEGATIVE_INFINITY,
                10,
                "m",
                List.of())),
        List.of("default"),
        way.equals("choosy") ? 2 : 0,
        List.of());
  }

  @Override
  public AgentTraining begin(AgentTask task, Consumer<AgentNote> notes) {
    if (way.equals("refuse")) {
      throw new IllegalArgumentException(
          "hidden must be between 1 and 2, but is " + task.hidden().get(0));
    }
    return new AgentTraining() {
      @Override
      public Optional<Trajectory> reference() {
        int off = way.equals("reference") ? 1 : 0;
        return Optional.of(new Trajectory(task.horizon() + off, 10, JOINTS));
      }

      @Override
      public Iteration iterate(int iteration) {
        if (iteration == 2) {
          goWrong(notes);
        }
        int units = task.hidden().get(0);
        int inputs = task.observation().size();
        List<String> parameters = way.equals("parameters") ? List.of("target_speed") : List.of();
        double[] W1 = new double[units * (parameters.size() + inputs)];
        W1[0] = way.equals("nan") && iteration == 2 ? Double.NaN : 0.1;
        int outputs = JOINTS + (way.equals("outputs") ? 1 : 0);
        double[] std = new double[outputs];
        Arrays.fill(std, way.equals("noiseless") ? 0 : 1);
        return new Iteration(
            new Controller.Mlp(
                parameters,
                way.equals("inputs")
                    ? IntStream.range(0, inputs).boxed().toList()
                    : task.observation(),
                null,
                List.of(
                    new Controller.Layer(W1, new double[units], Controller.Activation.SOFTPLUS),
                    new Controller.Layer(
                        new double[outputs * units],
                        new double[outputs],
                        Controller.Activation.LINEAR)),
                null,
                std),
            Map.of("iteration", 1.0 * iteration));
      }

      @Override
      public byte[] save() {
        return new byte[] {1};
      }

      @Override
      public void close() {}
    };
  }

  private void goWrong(Consumer<AgentNote> notes) {
    switch (way) {
      case "crash" -> {
        System.err.println("Traceback");
        System.err.println("KneeError: a knee broke");
        System.err.flush();
        Runtime.getRuntime().halt(7);
      }
      case "killed" -> kill();
      case "hang" -> sleep();
      case "flood" -> {
        while (true) {
          notes.accept(new AgentNote("again", Double.NaN));
        }
      }
      case "fail" -> throw new IllegalStateException("a hip broke");
      default -> {}
    }
  }

  private static void kill() {
    try {
      new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    sleep();
  }

  private static void sleep() {
    try {
      TimeUnit.DAYS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
