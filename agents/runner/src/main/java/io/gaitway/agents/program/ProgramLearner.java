package io.gaitway.agents.program;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.client.agent.AgentTask;
import io.gaitway.client.agent.AgentTraining;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.Network;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import java.util.Base64;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A learner whose work is done by an agent in another process. */
final class ProgramLearner implements Learner {
  private static final byte[] FROM_THE_START = new byte[0];

  private final AgentProgram agent;
  private final ReferenceSolver solver;
  private final Task<ObjectNode> task;
  private final Consumer<String> notes;
  private @Nullable AgentTraining training;
  private @Nullable Policy policy;

  ProgramLearner(
      AgentProgram agent, ReferenceSolver solver, Task<ObjectNode> task, Consumer<String> notes) {
    this.agent = agent;
    this.solver = solver;
    this.task = task;
    this.notes = notes;
  }

  @Override
  public Reference start() {
    AgentTraining begun = begin(FROM_THE_START);
    Optional<Trajectory> told = begun.reference();
    told.ifPresent(this::requireFits);
    Trajectory trajectory = told.orElseGet(() -> solver.solve(task.simulator(), task.horizon()));
    return new Reference(trajectory, trajectory.totalCost());
  }

  private AgentTraining begin(byte[] checkpoint) {
    EnvironmentInfo environment = task.simulator().environment();
    TreeMap<String, Double> parameters = new TreeMap<>();
    environment.parameters().forEach(entry -> parameters.put(entry.name(), entry.value()));
    Simulator.Access access = task.simulator().access();
    AgentTraining begun =
        agent.begin(
            new AgentTask(
                environment.id(),
                parameters,
                environment.modelDigest(),
                access.server(),
                access.account(),
                task.observation(),
                task.architecture().hidden(),
                task.architecture().activation(),
                task.seed(),
                task.iterations(),
                task.horizon(),
                DescribedSettings.texts(task.settings()),
                checkpoint),
            notes);
    training = begun;
    return begun;
  }

  private void requireFits(Trajectory reference) {
    EnvironmentInfo environment = task.simulator().environment();
    int[] sizes = {reference.T, reference.nx, reference.nu};
    int[] expected = {task.horizon(), environment.nx(), environment.nu()};
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] != expected[i]) {
        throw agent.fault(
            "sent a reference of %d steps, %d state and %d action entries; it must have %d, %d and %d"
                .formatted(sizes[0], sizes[1], sizes[2], expected[0], expected[1], expected[2]),
            null);
      }
    }
  }

  @Override
  public IterationReport iterate(int iteration) {
    AgentTraining.Iteration result = agent.guarded(() -> begun().iterate(iteration));
    policy = checked(result.policy());
    return new IterationReport(result.scalars());
  }

  private Policy checked(Controller.Mlp sent) {
    EnvironmentInfo environment = task.simulator().environment();
    for (int input : sent.inputs()) {
      if (!task.observation().contains(input)) {
        throw agent.fault(
            "sent a policy that reads state entry %d, which is not among %s"
                .formatted(input, task.observation()),
            null);
      }
    }
    if (!sent.parameters().isEmpty()) {
      throw agent.fault(
          "sent a policy that reads the parameters %s, but the task is one of the state alone"
              .formatted(String.join(", ", sent.parameters())),
          null);
    }
    Network network;
    try {
      network = new Network(environment.nx(), sent);
    } catch (IllegalArgumentException e) {
      throw agent.fault("sent a bad policy: " + e.getMessage(), e);
    }
    if (network.nu() != environment.nu()) {
      throw agent.fault(
          "sent a policy with %d outputs instead of %d".formatted(network.nu(), environment.nu()),
          null);
    }
    return network;
  }

  @Override
  public Policy policy() {
    if (policy == null) {
      throw new IllegalStateException("there is no policy before the first iteration");
    }
    return policy;
  }

  private AgentTraining begun() {
    if (training == null) {
      throw new IllegalStateException("the training has not begun");
    }
    return training;
  }

  @Override
  public ObjectNode save() {
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    byte[] checkpoint = agent.guarded(() -> begun().save());
    state.put("checkpoint", Base64.getEncoder().encodeToString(checkpoint));
    if (policy != null) {
      state.put("policy", PolicyFile.of(policy, task.simulator().environment()).toJson());
    }
    return state;
  }

  @Override
  public void restore(ObjectNode state) {
    JsonNode saved = state.get("policy");
    if (saved != null) {
      policy = policy(saved);
    }
    begin(Base64.getDecoder().decode(state.path("checkpoint").asText()));
  }

  private Policy policy(JsonNode saved) {
    if (saved.isTextual()) {
      return PolicyFile.parse(saved.textValue()).policy();
    }
    // As it was saved when policies had one hidden layer.
    return new GaussianMlp(
        task.simulator().environment().nx(),
        task.observation(),
        ExactDoubles.get(saved, "W1"),
        ExactDoubles.get(saved, "b1"),
        ExactDoubles.get(saved, "W2"),
        ExactDoubles.get(saved, "b2"),
        ExactDoubles.get(saved, "std"));
  }
}
