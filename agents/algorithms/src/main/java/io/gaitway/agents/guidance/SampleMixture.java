package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.ImportanceSampledReturn.Sample;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trajectories of several distributions, and their density under the mixture of these, each with
 * the share of the trajectories that came from it.
 */
public final class SampleMixture {
  private final int nx;
  private final int nu;
  private final List<Integer> observation;
  private final int T;
  private final List<Component> components = new ArrayList<>();

  /** A distribution and what was drawn from it. */
  private static final class Component {
    final Source source;
    final List<Rollout> rollouts;

    /** Of the mixture's rollouts under the distribution, see {@link #logDensity}. */
    final Map<Rollout, double[]> densities = new IdentityHashMap<>();

    /** Whether it is never forgotten. */
    boolean held;

    Component(Source source, List<Rollout> rollouts, boolean held) {
      this.source = source;
      this.rollouts = rollouts;
      this.held = held;
    }
  }

  /** Where trajectories come from. */
  private sealed interface Source {
    /** log density of the action at {@code u} in the state at {@code x} of knot t. */
    double logDensity(int t, double[] xs, int x, double[] us, int u);
  }

  private record Guiding(GaussianTrajectory q) implements Source {
    @Override
    public double logDensity(int t, double[] xs, int x, double[] us, int u) {
      return q.logDensity(t, xs, x, us, u);
    }
  }

  private record OnPolicy(GaussianMlp policy) implements Source {
    @Override
    public double logDensity(int t, double[] xs, int x, double[] us, int u) {
      return policy.logDensity(xs, x, us, u);
    }
  }

  /**
   * An empty mixture.
   *
   * @param observation state indices that policies read
   * @param T control steps of a trajectory
   */
  public SampleMixture(EnvironmentInfo environment, List<Integer> observation, int T) {
    nx = environment.nx();
    nu = environment.nu();
    this.observation = observation;
    this.T = T;
  }

  /** Whether it holds nothing. */
  public boolean isEmpty() {
    return components.isEmpty();
  }

  /** Whether it holds trajectories of a guide. */
  public boolean hasGuides() {
    return components.stream().anyMatch(component -> component.source instanceof Guiding);
  }

  /**
   * Adds trajectories of q's own controller, and forgets those of older guides.
   *
   * @param memory guides to keep besides those that are held, at least 1
   */
  public void addGuiding(GaussianTrajectory q, List<Rollout> rollouts, int memory) {
    add(new Guiding(q), rollouts, memory);
  }

  /**
   * Adds trajectories of a policy, and forgets those of older policies.
   *
   * @param memory policies to keep besides the one that is held, at least 1
   * @return whether there was one that had not diverged; without any, nothing changes
   */
  public boolean addOnPolicy(GaussianMlp policy, List<Rollout> rollouts, int memory) {
    return add(new OnPolicy(policy), rollouts, memory);
  }

  /** Holds the trajectories of all guides that are there. */
  public void holdGuides() {
    components.stream()
        .filter(component -> component.source instanceof Guiding)
        .forEach(component -> component.held = true);
  }

  /** Holds the newest policy's trajectories, and no longer those of another. */
  public void holdNewestPolicy() {
    @Nullable Component newest = null;
    for (Component component : components) {
      if (component.source instanceof OnPolicy) {
        component.held = false;
        newest = component;
      }
    }
    if (newest != null) {
      newest.held = true;
    }
  }

  private boolean add(Source source, List<Rollout> rollouts, int memory) {
    List<Rollout> usable =
        rollouts.stream().filter(rollout -> Double.isFinite(rollout.cost())).toList();
    if (usable.isEmpty()) {
      return false;
    }
    components.add(new Component(source, usable, false));
    List<Component> free =
        components.stream()
            .filter(component -> !component.held && alike(component, source))
            .toList();
    components.removeAll(free.subList(0, Math.max(0, free.size() - memory)));
    List<Rollout> kept = components.stream().flatMap(each -> each.rollouts.stream()).toList();
    components.forEach(component -> component.densities.keySet().retainAll(kept));
    return true;
  }

  private static boolean alike(Component component, Source source) {
    return component.source.getClass() == source.getClass();
  }

  /**
   * All trajectories, with rewards −κ c and their density under the mixture. What an end costs is
   * the reward of the steps that it left out, in equal parts, or else the last step's.
   */
  public List<Sample> samples(double kappa) {
    int total = components.stream().mapToInt(component -> component.rollouts.size()).sum();
    List<Sample> samples = new ArrayList<>();
    for (Component component : components) {
      for (Rollout rollout : component.rollouts) {
        samples.add(
            new Sample(
                rollout.steps(),
                rollout.trajectory().xs,
                rollout.trajectory().us,
                rewards(rollout, kappa),
                logMixture(rollout, total)));
      }
    }
    return samples;
  }

  private double[] rewards(Rollout rollout, double kappa) {
    double[] rewards = new double[T];
    double[] costs = rollout.trajectory().costs;
    int steps = rollout.steps();
    for (int t = 0; t < steps; t++) {
      rewards[t] = -kappa * costs[t];
    }
    if (steps < T) {
      Arrays.fill(rewards, steps, T, -kappa * costs[T] / (T - steps));
    } else {
      rewards[T - 1] -= kappa * costs[T];
    }
    return rewards;
  }

  /** log Σ_j (n_j / N) q_j(ζ_1:t) for every t. */
  private double[] logMixture(Rollout rollout, int total) {
    double[][] densities = new double[components.size()][];
    double[] shares = new double[densities.length];
    for (int j = 0; j < densities.length; j++) {
      Component component = components.get(j);
      densities[j] =
          component.densities.computeIfAbsent(
              rollout, unseen -> logDensity(unseen, component.source));
      shares[j] = StrictMath.log((double) component.rollouts.size() / total);
    }
    double[] mixture = new double[T];
    double[] logs = new double[densities.length];
    for (int t = 0; t < T; t++) {
      double largest = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < logs.length; j++) {
        logs[j] = shares[j] + densities[j][t];
        largest = Math.max(largest, logs[j]);
      }
      double sum = 0;
      for (double log : logs) {
        sum += StrictMath.exp(log - largest);
      }
      mixture[t] = largest + StrictMath.log(sum);
    }
    return mixture;
  }

  /** log q(ζ_1:t) for every t; after an early end it stays as it is. */
  private double[] logDensity(Rollout rollout, Source source) {
    Trajectory trajectory = rollout.trajectory();
    double[] logs = new double[T];
    double log = 0;
    for (int t = 0; t < T; t++) {
      if (t < rollout.steps()) {
        log += source.logDensity(t, trajectory.xs, t * nx, trajectory.us, t * nu);
      }
      logs[t] = log;
    }
    return logs;
  }

  /** Writes the mixture to a learner's state. */
  public void save(ObjectNode state) {
    ArrayNode nodes = state.putArray("mixture");
    for (Component component : components) {
      ObjectNode node = nodes.addObject();
      if (component.source instanceof Guiding guiding) {
        GuideState.put(node.putObject("q").put("knots", guiding.q().T), guiding.q());
      } else if (component.source instanceof OnPolicy onPolicy) {
        PolicyState.put(node.putObject("policy"), onPolicy.policy());
      }
      node.put("held", component.held);
      ArrayNode rollouts = node.putArray("rollouts");
      component.rollouts.forEach(rollout -> put(rollouts.addObject(), rollout));
    }
  }

  /** Fills an empty mixture with what {@link #save} wrote. */
  public void restore(ObjectNode state) {
    for (JsonNode node : state.required("mixture")) {
      Source source =
          node.has("q")
              ? new Guiding(
                  GuideState.get(node.get("q"), node.get("q").required("knots").intValue(), nx, nu))
              : new OnPolicy(PolicyState.get(node.required("policy"), nx, observation));
      List<Rollout> rollouts = new ArrayList<>();
      node.required("rollouts").forEach(each -> rollouts.add(get(each)));
      components.add(new Component(source, rollouts, node.required("held").booleanValue()));
    }
  }

  private static void put(ObjectNode node, Rollout rollout) {
    node.put("steps", rollout.steps()).put("terminated", rollout.terminated());
    ExactDoubles.put(node, "xs", rollout.trajectory().xs);
    ExactDoubles.put(node, "us", rollout.trajectory().us);
    ExactDoubles.put(node, "costs", rollout.trajectory().costs);
  }

  private Rollout get(JsonNode node) {
    Trajectory trajectory = new Trajectory(T, nx, nu);
    ExactDoubles.get(node, "xs", trajectory.xs);
    ExactDoubles.get(node, "us", trajectory.us);
    ExactDoubles.get(node, "costs", trajectory.costs);
    return new Rollout(
        trajectory,
        node.required("steps").intValue(),
        false,
        node.required("terminated").booleanValue(),
        0);
  }
}
