package io.gaitway.agents.program;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.agent.AgentDescription;
import io.gaitway.client.agent.AgentNote;
import io.gaitway.client.agent.AgentService;
import io.gaitway.client.agent.AgentTask;
import io.gaitway.client.agent.AgentTraining;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.Architecture;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An agent of this program for another one that trains: it works on the server that its task names.
 */
public record ServedAgent(AnyAgent agent) implements AgentService {

  @Override
  public AgentDescription describe(String environment) {
    return DescribedSettings.describe(agent, environment);
  }

  @Override
  public AgentTraining begin(AgentTask task, Consumer<AgentNote> notes) {
    GaitwayClient.Builder builder = GaitwayClient.builder().target(task.server());
    if (!task.account().isEmpty()) {
      builder.account(task.account());
    }
    GaitwayClient client = builder.build();
    try {
      return Served.begin(agent, client, task, notes);
    } catch (NotFoundException | InvalidArgumentException e) {
      client.close();
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  private record Served(GaitwayClient client, Learner learner, @Nullable Reference known)
      implements AgentTraining {

    static Served begin(
        AnyAgent agent, GaitwayClient client, AgentTask task, Consumer<AgentNote> notes) {
      Simulator simulator = client.simulator(task.environment(), task.parameters());
      requireSame(task, simulator);
      Architecture architecture = new Architecture(task.hidden(), task.activation());
      agent.requireTrainable(architecture);
      Learner learner =
          agent.learner(
              new Task<>(
                  simulator,
                  DescribedSettings.parse(agent.schema(), task.settings()),
                  task.observation(),
                  architecture,
                  task.seed(),
                  task.iterations(),
                  task.horizon()),
              text -> notes.accept(new AgentNote(text, Double.NaN)));
      if (task.checkpoint().length == 0) {
        return new Served(client, learner, learner.start());
      }
      learner.restore(state(task.checkpoint()));
      return new Served(client, learner, null);
    }

    private static void requireSame(AgentTask task, Simulator simulator) {
      String digest = simulator.environment().modelDigest();
      if (!task.modelDigest().isEmpty() && !task.modelDigest().equals(digest)) {
        throw new IllegalArgumentException(
            "environment.model_digest is %s, but the server has %s"
                .formatted(task.modelDigest(), digest));
      }
      int nx = simulator.environment().nx();
      for (int index : task.observation()) {
        if (index < 0 || index >= nx) {
          throw new IllegalArgumentException(
              "observation must hold numbers between 0 and %d, but holds %d"
                  .formatted(nx - 1, index));
        }
      }
    }

    private static ObjectNode state(byte[] checkpoint) {
      try {
        if (JsonFiles.parse(checkpoint) instanceof ObjectNode object) {
          return object;
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("invalid checkpoint: " + e.getMessage(), e);
      }
      throw new IllegalArgumentException("invalid checkpoint: not a JSON object");
    }

    @Override
    public Optional<Trajectory> reference() {
      return Optional.ofNullable(known).map(Reference::trajectory);
    }

    @Override
    public Iteration iterate(int iteration) {
      IterationReport report = learner.iterate(iteration);
      return new Iteration(learner.policy().controller(), report.scalars());
    }

    @Override
    public byte[] save() {
      return Json.line(learner.save()).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      client.close();
    }
  }
}
