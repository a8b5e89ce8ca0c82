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
import java.util.Base64;
import java.util.List;
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
  private Controller.@Nullable Mlp policy;

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
                task.hidden(),
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
    requireFits(result.policy());
    policy = result.policy();
    return new IterationReport(result.scalars());
  }

  private void requireFits(Controller.Mlp sent) {
    int nu = task.simulator().environment().nu();
    if (!sent.inputs().equals(task.observation())) {
      throw agent.fault(
          "sent a policy that reads state entries %s instead of %s"
              .formatted(sent.inputs(), task.observation()),
          null);
    }
    List<Integer> sizes = sent.layers().stream().map(layer -> layer.b().length).toList();
    List<Integer> expected = List.of(task.hidden(), nu);
    if (!sizes.equals(expected)) {
      throw agent.fault(
          "sent a policy with layers of %s units instead of %s".formatted(sizes, expected), null);
    }
    for (int i = 0; i < nu; i++) {
      if (!(sent.std()[i] > 0)) {
        throw agent.fault(
            "sent a policy with noise_std[%d] %s, but it must be more than 0"
                .formatted(i, sent.std()[i]),
            null);
      }
    }
  }

  @Override
  public Controller.Mlp policy() {
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
      ObjectNode saved = state.putObject("policy");
      for (int i = 0; i < policy.layers().size(); i++) {
        ExactDoubles.put(saved, "W" + (i + 1), policy.layers().get(i).W());
        ExactDoubles.put(saved, "b" + (i + 1), policy.layers().get(i).b());
      }
      ExactDoubles.put(saved, "std", policy.std());
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

  private Controller.Mlp policy(JsonNode saved) {
    int nu = task.simulator().environment().nu();
    Controller.Layer first =
        new Controller.Layer(
            new double[task.hidden() * task.observation().size()], new double[task.hidden()]);
    Controller.Layer second = new Controller.Layer(new double[nu * task.hidden()], new double[nu]);
    double[] std = new double[nu];
    ExactDoubles.get(saved, "W1", first.W());
    ExactDoubles.get(saved, "b1", first.b());
    ExactDoubles.get(saved, "W2", second.W());
    ExactDoubles.get(saved, "b2", second.b());
    ExactDoubles.get(saved, "std", std);
    return new Controller.Mlp(
        task.observation(), List.of(first, second), Controller.Activation.SOFTPLUS, std);
  }
}
