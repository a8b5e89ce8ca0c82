package io.gaitway.client.internal;

import io.gaitway.client.error.DivergedException;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Usage;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A {@link Simulator} over the dynamics service; holds nothing that changes. */
public final class RemoteSimulator implements Simulator {
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

  @Override
  public EnvironmentInfo environment() {
    return environment;
  }

  @Override
  public void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion) {
    int T = trajectory.T;
    sizes("trajectory", trajectory.nx, trajectory.nu);
    sizes("expansion", expansion.nx, expansion.nu);
    if (expansion.T != T) {
      throw new IllegalArgumentException(
          "expansion.T is %d; the trajectory's is %d".formatted(expansion.T, T));
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
    calls.retrying(
        () -> {
          LinearizeReceiver receiver = new LinearizeReceiver(expansion);
          calls.stream(
              DynamicsServiceGrpc.getLinearizeMethod(),
              request,
              "linearize",
              calls.deadline(T),
              receiver);
          receiver.finish();
          return receiver;
        });
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    int T = request.horizon();
    if (T < 1) {
      throw new IllegalArgumentException("horizon is " + T + "; it must be at least 1");
    }
    long count =
        (long) request.initialStates().size()
            * request.controllers().size()
            * Math.max(1, request.seeds().size())
            * Math.max(1, request.stepSizes().size());
    if (count < 1 || count > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%d initial states and %d controllers make %d rollouts; from 1 to %d are possible"
              .formatted(
                  request.initialStates().size(),
                  request.controllers().size(),
                  count,
                  Integer.MAX_VALUE));
    }
    io.gaitway.proto.v1.RolloutRequest message = encode(request);
    return calls.retrying(
        () -> {
          RolloutReceiver receiver = new RolloutReceiver(T, nx, nu, (int) count);
          calls.stream(
              DynamicsServiceGrpc.getRolloutMethod(),
              message,
              "rollout",
              calls.deadline(count * T),
              receiver);
          return receiver.finish();
        });
  }

  private io.gaitway.proto.v1.RolloutRequest encode(RolloutRequest request) {
    int T = request.horizon();
    List<double[]> initialStates = request.initialStates();
    double[] states = new double[initialStates.size() * nx];
    for (int i = 0; i < initialStates.size(); i++) {
      double[] state = initialStates.get(i);
      if (state.length != nx) {
        throw new IllegalArgumentException(
            "initialStates[%d] has %d entries; %s has %d state entries"
                .formatted(i, state.length, environment.id(), nx));
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
          "steps is %d; from 0 to trajectory.T = %d are possible".formatted(steps, trajectory.T));
    }
    int points = environment.contactPoints().size();
    if (steps == 0 || points == 0) {
      return new double[0];
    }
    EvaluateRequest request =
        EvaluateRequest.newBuilder()
            .setEnvironment(ref)
            .setStates(Tensors.of(trajectory.xs, steps, nx))
            .setActions(Tensors.of(trajectory.us, steps, nu))
            .setWithContacts(true)
            .build();
    EvaluateResponse response =
        calls.retrying(
            () ->
                calls.unary(
                    DynamicsServiceGrpc.getEvaluateMethod(),
                    request,
                    "contact forces",
                    calls.deadline(steps)));
    int diverged = response.getStatusesList().indexOf(KnotStatus.KNOT_STATUS_DIVERGED);
    if (diverged >= 0) {
      throw new DivergedException(
          diverged,
          "the control step at knot %d diverges, so no force is known: its state or action is outside"
                  .formatted(diverged)
              + " what the model can simulate");
    }
    return Tensors.doubles(response.getContactForces(), "contact_forces", steps * points * 2);
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
        calls.retrying(
            () ->
                calls.unary(
                    DynamicsServiceGrpc.getSampleInitialStatesMethod(),
                    request,
                    "initial states",
                    calls.deadline(count)));
    double[] states = Tensors.doubles(response.getStates(), "states", count * nx);
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
          "%s is for nx = %d, nu = %d; %s has nx = %d, nu = %d"
              .formatted(name, nx, nu, environment.id(), this.nx, this.nu));
    }
  }
}
