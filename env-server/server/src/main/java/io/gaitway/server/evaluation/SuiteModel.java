package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.Suite;
import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Environments;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A suite, ready to run.
 *
 * @param suite its definition, as clients see it
 * @param environments what episodes run in, in turns
 */
public record SuiteModel(Suite suite, List<Environment> environments) {
  /** Raised whenever the course or the score of an episode changes for equal definitions. */
  private static final int RULES = 1;

  /** The step whose normal numbers disturb initial states, 2⁶⁴ − 2, out of reach of any episode. */
  private static final long DISTURBANCE_STEP = -2L;

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
   * Builds the environments.
   *
   * @throws IllegalArgumentException if they differ in sizes or horizon
   */
  static SuiteModel of(Definition definition, Environments catalog) {
    List<Environment> environments =
        definition.variants().stream()
            .map(variant -> catalog.create(definition.environment(), variant))
            .toList();
    EnvironmentSpec first = environments.get(0).spec();
    for (Environment environment : environments) {
      EnvironmentSpec spec = environment.spec();
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
            .setMinActionDeadline(message(MIN_DEADLINE))
            .setMaxActionDeadline(message(MAX_DEADLINE));
    for (int i = 0; i < environments.size(); i++) {
      suite.addEnvironments(
          EnvironmentRef.newBuilder()
              .setId(definition.environment())
              .putAllParameters(definition.variants().get(i))
              .setModelDigest(environments.get(i).spec().modelDigest()));
    }
    return new SuiteModel(suite.setDigest(digest(suite)).build(), environments);
  }

  private static com.google.protobuf.Duration message(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
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
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(TrajectoryDigest.sha256().digest(bytes));
  }

  /** Index of the variant that an episode runs in. */
  int variant(int episode) {
    return episode % environments.size();
  }

  /** Writes an episode's initial state to {@code x} at 0; allocates. */
  void initialState(int episode, double[] x) {
    Environment environment = environments.get(variant(episode));
    environment.sampleInitialState(suite.getSeed(), episode, x, 0);
    List<Double> std = environment.spec().initialState().std();
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
