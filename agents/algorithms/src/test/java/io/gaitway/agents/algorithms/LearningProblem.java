package io.gaitway.agents.algorithms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Settings;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A linear-quadratic problem to learn on, small enough for many iterations in a test. */
final class LearningProblem {
  static final int T = 12;
  private static final int NX = 3;
  private static final int NU = 2;

  /** Added to the cost of every step, so that costs are positive. */
  private static final double POSITIVE = 20;

  /** What makes an iteration short, for agents that have such settings; there is no room to pad. */
  private static final Map<String, String> SMALL =
      Map.of(
          "padding", "0",
          "samples", "6",
          "rollouts", "4",
          "on_policy", "8",
          "guiding", "8",
          "memory", "200",
          "first_fit_iterations", "12");

  private LearningProblem() {}

  /** A learner of an agent's preset, made small. */
  static <S extends Record> Learner learner(
      Agent<S> agent, String preset, Map<String, String> overrides) {
    S base = agent.preset(preset, "fake");
    ObjectNode names = Settings.toJson(base);
    Map<String, String> settings = new TreeMap<>(SMALL);
    settings.putAll(overrides);
    settings.keySet().removeIf(name -> !names.has(name));
    Expansion problem = RandomLq.problem(new Random(6), T, NX, NU);
    Arrays.fill(problem.l, POSITIVE);
    return agent.learner(
        new Task<>(
            FakeSimulator.linearQuadratic(problem),
            Settings.merge(base, settings),
            IntStream.range(0, NX).boxed().toList(),
            Architecture.of(4),
            5,
            20,
            T));
  }
}
