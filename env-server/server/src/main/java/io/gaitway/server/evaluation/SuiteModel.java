package io.gaitway.server.evaluation;

import com.google.common.hash.Hashing;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.Suite;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Codec;
import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.EnvironmentSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A suite, ready to run.
 *
 * @param suite its definition, as clients see it
 * @param models what episodes run in, in turns
 */
public record SuiteModel(Suite suite, List<Model> models) {
  /** Raised whenever the course or the score of an episode changes for equal definitions. */
  private static final int RULES = 1;

  /** The step whose normal numbers disturb initial states, 2⁶⁴ − 2, out of reach of any episode. */
  private static final long DISTURBANCE_STEP = -2L;

  private static final int MAX_EPISODES = 1000;

  private static final Duration MIN_DEADLINE = Duration.ofMillis(1);
  private static final Duration MAX_DEADLINE = Duration.ofMinutes(10);

  /**
   * What a suite consists of.
   *
   * @param environment name of the environment
   * @param variants values of its parameters, one map for each variant
   * @param initialStateStd standard deviation of the disturbance of the initial state
   */
  public record Definition(
      String id,
      String description,
      String environment,
      List<Map<String, Double>> variants,
      int episodes,
      long seed,
      double initialStateStd) {}

  /**
   * Finds the models.
   *
   * @throws IllegalArgumentException if they are not there, or differ in sizes or horizon, or a
   *     number is not allowed
   */
  static SuiteModel of(Definition definition, Catalog catalog) {
    require(!definition.variants().isEmpty(), "variants must not be empty");
    require(
        definition.episodes() >= 1 && definition.episodes() <= MAX_EPISODES,
        "episodes must be between 1 and " + MAX_EPISODES + ", but is " + definition.episodes());
    require(
        definition.initialStateStd() >= 0 && Double.isFinite(definition.initialStateStd()),
        "initial_state_std must be 0 or more, but is " + definition.initialStateStd());
    List<Model> models =
        definition.variants().stream()
            .map(variant -> catalog.model(definition.environment(), variant))
            .toList();
    EnvironmentSpec first = models.get(0).spec;
    for (Model model : models) {
      EnvironmentSpec spec = model.spec;
      if (spec.nx() != first.nx() || spec.nu() != first.nu() || spec.horizon() != first.horizon()) {
        throw new IllegalArgumentException(
            "the variants of suite " + definition.id() + " differ in sizes or horizon");
      }
    }
    Suite.Builder suite =
        Suite.newBuilder()
            .setId(definition.id())
            .setDescription(definition.description())
            .setEnvironmentVersion(first.version())
            .setHorizon(first.horizon())
            .setEpisodes(definition.episodes())
            .setSeed(definition.seed())
            .setInitialStateStd(definition.initialStateStd())
            .setMinActionDeadline(Codec.duration(MIN_DEADLINE))
            .setMaxActionDeadline(Codec.duration(MAX_DEADLINE));
    for (int i = 0; i < models.size(); i++) {
      suite.addEnvironments(
          EnvironmentRef.newBuilder()
              .setId(definition.environment())
              .putAllParameters(definition.variants().get(i))
              .setModelDigest(models.get(i).spec.modelDigest()));
    }
    return new SuiteModel(suite.setDigest(digest(suite)).build(), models);
  }

  private static void require(boolean allowed, String rule) {
    if (!allowed) {
      throw new IllegalArgumentException(rule);
    }
  }

  /** Hex digits over a text of the definition; a model digest covers the cost as well. */
  private static String digest(Suite.Builder suite) {
    StringBuilder text = new StringBuilder("gaitway suite\n");
    text.append("rules ").append(RULES).append('\n');
    for (EnvironmentRef environment : suite.getEnvironmentsList()) {
      text.append("environment ").append(environment.getId());
      text.append(' ').append(environment.getModelDigest());
      text.append(' ').append(new TreeMap<>(environment.getParametersMap())).append('\n');
    }
    text.append("version ").append(suite.getEnvironmentVersion()).append('\n');
    text.append("horizon ").append(suite.getHorizon()).append('\n');
    text.append("episodes ").append(suite.getEpisodes()).append('\n');
    text.append("seed ").append(Long.toUnsignedString(suite.getSeed())).append('\n');
    text.append("std ").append(Double.toHexString(suite.getInitialStateStd())).append('\n');
    return Hashing.sha256().hashString(text, StandardCharsets.UTF_8).toString();
  }

  /** What an episode runs in. */
  Model model(int episode) {
    return models.get(episode % models.size());
  }

  /** Entries of a state, nx, the same in all variants. */
  int nx() {
    return models.get(0).nx;
  }

  /** Entries of an action, nu, the same in all variants. */
  int nu() {
    return models.get(0).nu;
  }

  /** Writes an episode's initial state to {@code x} at 0; allocates. */
  void initialState(int episode, double[] x) {
    Model model = model(episode);
    model.environment.sampleInitialState(suite.getSeed(), episode, x, 0);
    List<Double> std = model.spec.initialState().std();
    CounterGaussian noise = new CounterGaussian();
    noise.start(suite.getSeed(), episode, DISTURBANCE_STEP);
    for (int j = 0; j < std.size(); j++) {
      // Every entry takes its number, so that entry j has number j whatever is disturbed.
      double number = noise.next();
      if (std.get(j) > 0) {
        x[j] += suite.getInitialStateStd() * number;
      }
    }
  }
}
