package io.gaitway.client.internal;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.client.simulation.Usage;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** A {@link Simulator} over the dynamics service; holds nothing that changes. */
public final class RemoteSimulator implements Simulator {
  /** Knots of one evaluation; more are evaluated by several calls, each of a few megabytes. */
  private static final int KNOTS_PER_CALL = 16_384;

  private final Calls calls;
  private final EnvironmentInfo environment;
  private final EnvironmentRef ref;
  private final int nx;
  private final int nu;

  /**
   * Makes a simulator.
   *
   * @param ref the environment with its parameters and, to guard against a server whose physics
   *     change meanwhile, the model digest
   */
  public RemoteSimulator(Calls calls, EnvironmentInfo environment, EnvironmentRef ref) {
    this.calls = calls;
    this.environment = environment;
    this.ref = ref;
    nx = environment.nx();
    nu = environment.nu();
  }

  /** A simulator of an environment as the server describes it now. */
  public static RemoteSimulator of(Calls calls, EnvironmentRef ref) {
    EnvironmentSpec spec = describe(calls, ref);
    return new RemoteSimulator(
        calls,
        Descriptions.environment(spec, ref.getId()),
        ref.toBuilder().setModelDigest(spec.getModelDigest()).build());
  }

  /** Asks the server to describe an environment. */
  public static EnvironmentSpec describe(Calls calls, EnvironmentRef ref) {
    GetEnvironmentRequest request = GetEnvironmentRequest.newBuilder().setEnvironment(ref).build();
    return calls
        .unary(
            CatalogServiceGrpc.getGetEnvironmentMethod(),
            request,
            "description of " + ref.getId(),
            calls.deadline(0))
        .getEnvironment();
  }

  @Override
  public EnvironmentInfo environment() {
    return environment;
  }

  @Override
  public Simulator with(Map<String, Double> parameters) {
    return of(calls, ref.toBuilder().clearModelDigest().putAllParameters(parameters).build());
  }

  @Override
  public void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion) {
    int T = trajectory.T;
    sizes("trajectory", trajectory.nx, trajectory.nu);
    sizes("expansion", expansion.nx, expansion.nu);
    if (expansion.T != T) {
      throw new IllegalArgumentException(
          "expansion.T must be that of the trajectory, %d, but is %d".formatted(T, expansion.T));
    }
    LinearizeRequest request =
        LinearizeRequest.newBuilder()
            .setEnvironment(ref)
            .setStates(Tensors.of(trajectory.xs, T + 1, nx))
            .setActions(Tensors.of(trajectory.us, T, nu))
            .setTerminalKnot(true)
            .setCostHessian(
                switch (hessian) {
                  case EXACT -> io.gaitway.proto.v1.CostHessian.COST_HESSIAN_EXACT;
                  case GAUSS_NEWTON -> io.gaitway.proto.v1.CostHessian.COST_HESSIAN_GAUSS_NEWTON;
                })
            .build();
    linearize(request, T, () -> new LinearizeReceiver(expansion));
  }

  /**
   * Calls Linearize.
   *
   * @param knots that are asked for
   * @param receiver makes what takes the chunks, anew for every attempt
   */
  private void linearize(
      LinearizeRequest request, int knots, Supplier<? extends ChunkReceiver> receiver) {
    calls.retrying(
        DynamicsServiceGrpc.getLinearizeMethod(),
        () -> {
          ChunkReceiver receiving = receiver.get();
          calls.stream(
              DynamicsServiceGrpc.getLinearizeMethod(),
              request,
              "linearize",
              calls.deadline(knots),
              receiving);
          receiving.finish();
          return receiving;
        });
  }

  @Override
  public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
    sizes("out", out.nx, out.nu);
    linearize(dynamics(xs, us, out.n).build(), out.n, () -> new JacobiansReceiver(out));
  }

  @Override
  public void curvature(double[] xs, double[] us, double[] lambda, double[] out) {
    int n = knots(out, nx + nu, nx + nu);
    linearize(
        dynamics(xs, us, n).setMultipliers(Tensors.of(lambda, n, nx)).build(),
        n,
        () ->
            new KnotArrayReceiver(
                "curvature", LinearizeResponse::getCurvature, out, n, nx + nu, nx + nu));
  }

  @Override
  public void differentiateBy(List<String> parameters, double[] xs, double[] us, double[] out) {
    if (parameters.isEmpty()) {
      throw new IllegalArgumentException("parameters must not be empty");
    }
    int n = knots(out, nx, parameters.size());
    linearize(
        dynamics(xs, us, n).addAllParameters(parameters).build(),
        n,
        () -> new KnotArrayReceiver("fp", LinearizeResponse::getFp, out, n, nx, parameters.size()));
  }

  /** How many knots an array has room for, of a matrix each. */
  private int knots(double[] out, int rows, int columns) {
    if (out.length % (rows * columns) != 0) {
      throw new IllegalArgumentException(
          "out must have room for knots of %d x %d numbers, as %s, but has %d"
              .formatted(rows, columns, environment.id(), out.length));
    }
    return out.length / (rows * columns);
  }

  private LinearizeRequest.Builder dynamics(double[] xs, double[] us, int n) {
    return LinearizeRequest.newBuilder()
        .setEnvironment(ref)
        .setStates(Tensors.of(xs, n, nx))
        .setActions(Tensors.of(us, n, nu))
        .setDynamicsOnly(true);
  }

  @Override
  public void evaluate(double[] xs, double[] us, Transitions out) {
    sizes("out", out.nx, nu);
    for (int from = 0; from < out.n; from += KNOTS_PER_CALL) {
      evaluate(xs, us, from, Math.min(KNOTS_PER_CALL, out.n - from), out);
    }
  }

  private void evaluate(double[] xs, double[] us, int from, int n, Transitions out) {
    EvaluateResponse response =
        evaluate(
            EvaluateRequest.newBuilder()
                .setEnvironment(ref)
                .setStates(Tensors.from(xs, from * nx, n, nx))
                .setActions(Tensors.from(us, from * nu, n, nu))
                .build(),
            "evaluate",
            n);
    Tensors.read(response.getNextStates(), "next_states", out.next, from * nx, n, nx);
    Tensors.read(response.getCosts(), "costs", out.costs, from, n);
    boolean[] terminated = Tensors.booleans(response.getTerminated(), "terminated", n);
    System.arraycopy(terminated, 0, out.terminated, from, n);
    for (int i = 0; i < n; i++) {
      out.diverged[from + i] = Knots.diverged(response.getStatuses(i));
    }
  }

  /**
   * Calls Evaluate.
   *
   * @param what the call is called in errors
   * @param n knots that are asked for
   */
  private EvaluateResponse evaluate(EvaluateRequest request, String what, int n) {
    EvaluateResponse response =
        calls.unary(DynamicsServiceGrpc.getEvaluateMethod(), request, what, calls.deadline(n));
    if (response.getStatusesCount() != n) {
      throw Tensors.answer(
          "%d statuses came for %d knots".formatted(response.getStatusesCount(), n));
    }
    return response;
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    int T = request.horizon();
    if (T < 1) {
      throw new IllegalArgumentException("horizon must be at least 1, but is " + T);
    }
    int count = count(request);
    io.gaitway.proto.v1.RolloutRequest message = encode(request);
    return calls.retrying(
        DynamicsServiceGrpc.getRolloutMethod(),
        () -> {
          RolloutReceiver receiver = new RolloutReceiver(T, nx, nu, count);
          calls.stream(
              DynamicsServiceGrpc.getRolloutMethod(),
              message,
              "rollout",
              calls.deadline((long) count * T),
              receiver);
          return receiver.finish();
        });
  }

  private static int count(RolloutRequest request) {
    long count = 1;
    for (int size :
        new int[] {
          request.initialStates().size(),
          request.controllers().size(),
          Math.max(1, request.seeds().size()),
          Math.max(1, request.stepSizes().size())
        }) {
      count *= size;
      if (count < 1 || count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            ("%d initial states, %d controllers, %d seeds and %d step sizes do not make between 1"
                    + " and %d rollouts")
                .formatted(
                    request.initialStates().size(),
                    request.controllers().size(),
                    request.seeds().size(),
                    request.stepSizes().size(),
                    Integer.MAX_VALUE));
      }
    }
    return (int) count;
  }

  private io.gaitway.proto.v1.RolloutRequest encode(RolloutRequest request) {
    int T = request.horizon();
    List<double[]> initialStates = request.initialStates();
    double[] states = new double[Math.multiplyExact(initialStates.size(), nx)];
    for (int i = 0; i < initialStates.size(); i++) {
      double[] state = initialStates.get(i);
      if (state.length != nx) {
        throw new IllegalArgumentException(
            "initialStates[%d] must have %d entries, as the state of %s, but has %d"
                .formatted(i, nx, environment.id(), state.length));
      }
      System.arraycopy(state, 0, states, i * nx, nx);
    }
    io.gaitway.proto.v1.RolloutRequest.Builder builder =
        io.gaitway.proto.v1.RolloutRequest.newBuilder()
            .setEnvironment(ref)
            .setHorizon(T)
            .setInitialStates(Tensors.of(states, initialStates.size(), nx))
            .addAllSeeds(request.seeds())
            .addAllStepSizes(request.stepSizes())
            .setDrawnActions(request.drawnActions());
    for (int i = 0; i < request.controllers().size(); i++) {
      builder.addControllers(
          Controllers.encode(request.controllers().get(i), "controllers[" + i + "]", T, nx, nu));
    }
    return builder.build();
  }

  @Override
  public double[] contactForces(Trajectory trajectory, int steps) {
    sizes("trajectory", trajectory.nx, trajectory.nu);
    if (steps < 0 || steps > trajectory.T) {
      throw new IllegalArgumentException(
          "steps must be between 0 and trajectory.T = %d, but is %d"
              .formatted(trajectory.T, steps));
    }
    int points = environment.contactPoints().size();
    if (steps == 0 || points == 0) {
      return new double[0];
    }
    EvaluateResponse response =
        evaluate(
            EvaluateRequest.newBuilder()
                .setEnvironment(ref)
                .setStates(Tensors.of(trajectory.xs, steps, nx))
                .setActions(Tensors.of(trajectory.us, steps, nu))
                .setWithContacts(true)
                .build(),
            "contact forces",
            steps);
    for (int t = 0; t < steps; t++) {
      Knots.requireSound(response.getStatuses(t), t, "so no force is known");
    }
    return Tensors.doubles(response.getContactForces(), "contact_forces", steps, points, 2);
  }

  @Override
  public List<double[]> initialStates(long seed, int count) {
    SampleInitialStatesRequest request =
        SampleInitialStatesRequest.newBuilder()
            .setEnvironment(ref)
            .setSeed(seed)
            .setCount(count)
            .build();
    SampleInitialStatesResponse response =
        calls.unary(
            DynamicsServiceGrpc.getSampleInitialStatesMethod(),
            request,
            "initial states",
            calls.deadline(Math.max(0, count)));
    double[] states = Tensors.doubles(response.getStates(), "states", count, nx);
    List<double[]> result = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      result.add(Arrays.copyOfRange(states, i * nx, (i + 1) * nx));
    }
    return result;
  }

  @Override
  public Simulator account(String name) {
    return new RemoteSimulator(calls.account(name), environment, ref);
  }

  @Override
  public Usage usage() {
    return calls.usage();
  }

  @Override
  public Access access() {
    return calls.access();
  }

  private void sizes(String name, int nx, int nu) {
    if (nx != this.nx || nu != this.nu) {
      throw new IllegalArgumentException(
          "%s must be for nx = %d and nu = %d, as %s, but is for nx = %d and nu = %d"
              .formatted(name, this.nx, this.nu, environment.id(), nx, nu));
    }
  }
}
