package io.gaitway.server;

import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.grpc.Status;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Bad requests to the dynamics. */
class BadDynamicsTest extends BadInputTable {
  static Stream<Row> rows() {
    Controller loop = openLoop(5);
    return Stream.of(
        row(
            "states and actions that do not match",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(good())
                            .setActions(good())
                            .setTerminalKnot(true)
                            .build())
                    .next(),
            "TENSOR_SHAPE_MISMATCH",
            "states",
            Map.of("expected", "(3, 2)", "actual", "(2, 2)")),
        row(
            "a NaN along a trajectory",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(Rig.tensor(new double[] {0, 0, 0, NAN}, 2, 2))
                            .setActions(good())
                            .build())
                    .next(),
            "NON_FINITE_INPUT",
            "states",
            Map.of("index", "3")),
        row(
            "an unknown Hessian",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(good())
                            .setActions(good())
                            .setCostHessianValue(5)
                            .build())
                    .next(),
            "FIELD_OUT_OF_RANGE",
            "cost_hessian",
            Map.of("value", "5")),
        row(
            "a terminal knot of the dynamics alone",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(Rig.tensor(new double[6], 3, 2))
                            .setActions(good())
                            .setTerminalKnot(true)
                            .setDynamicsOnly(true)
                            .build())
                    .next(),
            "FIELD_OUT_OF_RANGE",
            "terminal_knot",
            Map.of("value", "true")),
        row(
            "no horizon",
            rollout(loop, b -> b.setHorizon(0)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "0", "allowed", "1 to 100000")),
        row(
            "a negative horizon",
            rollout(loop, b -> b.setHorizon(-7)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "-7")),
        row(
            "a huge horizon",
            rollout(loop, b -> b.setHorizon(Integer.MAX_VALUE)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "2147483647")),
        row(
            "more work than one request may ask for",
            rollout(
                loop,
                b -> {
                  for (long seed = 0; seed < 1001; seed++) {
                    b.addSeeds(seed).addStepSizes(1);
                  }
                }),
            Status.Code.OUT_OF_RANGE,
            "WORK_LIMIT_EXCEEDED",
            "horizon",
            Map.of("work", "5010005", "limit", "5000000")),
        row(
            "no initial states",
            rollout(loop, b -> b.setInitialStates(Rig.tensor(new double[0], 0, 2))),
            "FIELD_OUT_OF_RANGE",
            "initial_states (rows)",
            Map.of("value", "0")),
        row(
            "no controllers",
            rollout(loop, b -> b.clearControllers()),
            "FIELD_MISSING",
            "controllers",
            Map.of()),
        row(
            "a controller of no kind",
            rollout(Controller.getDefaultInstance(), b -> {}),
            "FIELD_MISSING",
            "controllers[0].kind",
            Map.of()),
        row(
            "a controller that ends too early",
            rollout(openLoop(4), b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].open_loop.actions",
            Map.of("expected", "(at least 5, 2)", "actual", "(4, 2)")),
        row(
            "gains of the wrong shape",
            rollout(
                Controller.newBuilder()
                    .setLinearGaussian(
                        LinearGaussianController.newBuilder()
                            .setReferenceStates(Rig.tensor(new double[10], 5, 2))
                            .setReferenceActions(Rig.tensor(new double[10], 5, 2))
                            .setFeedforward(Rig.tensor(new double[10], 5, 2))
                            .setFeedback(Rig.tensor(new double[15], 5, 3, 1)))
                    .build(),
                b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].linear_gaussian.feedback",
            Map.of("expected", "(at least 5, 2, 2)", "actual", "(5, 3, 1)")),
        row(
            "a network that reads what is not there",
            rollout(mlp(b -> b.setInputs(0, 2)), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.inputs[0]",
            Map.of("value", "2", "allowed", "0 to 1")),
        row(
            "a network that reads a parameter which is not there",
            rollout(mlp(b -> b.addParameters("wings")), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.parameters[0]",
            Map.of("value", "'wings'", "allowed", "stiffness")),
        row(
            "a network that reads a parameter twice",
            rollout(mlp(b -> b.addAllParameters(List.of("stiffness", "stiffness"))), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.parameters[1]",
            Map.of("value", "'stiffness'", "allowed", "a name that no earlier entry has")),
        row(
            "a network whose layers leave no room for its parameters",
            rollout(mlp(b -> b.addLayers(layer(2, 3)).addParameters("stiffness")), b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].mlp.layers[0].weights",
            Map.of("expected", "(n, 2)", "actual", "(3, 1)")),
        row(
            "a network whose layers do not fit",
            rollout(mlp(b -> b.addLayers(layer(2, 4))), b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].mlp.layers[1].weights",
            Map.of("expected", "(2, 3)", "actual", "(2, 4)")),
        row(
            "a network without activation",
            rollout(mlp(b -> b.addLayers(layer(2, 3).toBuilder().clearActivation())), b -> {}),
            "FIELD_MISSING",
            "controllers[0].mlp.layers[1].activation",
            Map.of()),
        row(
            "a network with an activation that nobody knows",
            rollout(mlp(b -> b.addLayers(layer(2, 3).toBuilder().setActivationValue(8))), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.layers[1].activation",
            Map.of("value", "8")),
        row(
            "a network of too many layers",
            rollout(
                mlp(
                    b ->
                        b.addAllLayers(Collections.nCopies(63, layer(3, 3)))
                            .addLayers(layer(2, 3))),
                b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.layers (their number)",
            Map.of("value", "65", "allowed", "1 to 64")),
        row(
            "a network that scales by 0",
            rollout(mlp(b -> b.addLayers(layer(2, 3)).setScaling(scaling(0, 5))), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.scaling.scale[0]",
            Map.of("value", "0.0", "allowed", "more than 0")),
        row(
            "a network that limits its inputs to nothing",
            rollout(mlp(b -> b.addLayers(layer(2, 3)).setScaling(scaling(1, 0))), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.scaling.limit",
            Map.of("value", "0.0", "allowed", "more than 0 and finite")),
        row(
            "a network whose scaling has no offset",
            rollout(
                mlp(
                    b ->
                        b.addLayers(layer(2, 3))
                            .setScaling(scaling(1, 1).toBuilder().clearOffset())),
                b -> {}),
            "FIELD_MISSING",
            "controllers[0].mlp.scaling.offset",
            Map.of()),
        row(
            "a network that squashes into no range",
            rollout(
                mlp(
                    b ->
                        b.addLayers(layer(2, 3))
                            .setSquashing(
                                OutputSquashing.newBuilder()
                                    .setCentre(Rig.tensor(new double[] {0, 0}, 2))
                                    .setHalfRange(Rig.tensor(new double[] {1, -1}, 2)))),
                b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.squashing.half_range[1]",
            Map.of("value", "-1.0", "allowed", "more than 0")),
        row(
            "a network whose squashing does not fit",
            rollout(
                mlp(
                    b ->
                        b.addLayers(layer(2, 3))
                            .setSquashing(
                                OutputSquashing.newBuilder()
                                    .setCentre(Rig.tensor(new double[] {0}, 1))
                                    .setHalfRange(Rig.tensor(new double[] {1, 1}, 2)))),
                b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].mlp.squashing.centre",
            Map.of("expected", "(2)", "actual", "(1)")),
        row(
            "a network whose noise is negative",
            rollout(
                mlp(
                    b ->
                        b.addLayers(layer(2, 3))
                            .setNoiseStd(Rig.tensor(new double[] {0.5, -0.25}, 2))),
                b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.noise_std[1]",
            Map.of("value", "-0.25", "allowed", "at least 0")),
        row(
            "a step size that is not finite",
            rollout(loop, b -> b.addStepSizes(1).addStepSizes(NAN)),
            "NON_FINITE_INPUT",
            "step_sizes",
            Map.of("index", "1")),
        row(
            "a negative number of initial states",
            r ->
                r.dynamics.sampleInitialStates(
                    SampleInitialStatesRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setCount(-1)
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "count",
            Map.of("value", "-1")),
        row(
            "a check of a million knots",
            r ->
                r.dynamics.checkDerivatives(
                    CheckDerivativesRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setSamples(1_000_000)
                        .build()),
            Status.Code.OUT_OF_RANGE,
            "WORK_LIMIT_EXCEEDED",
            "samples",
            Map.of("limit", "5000000")));
  }

  private static Consumer<Rig> rollout(
      Controller controller, Consumer<RolloutRequest.Builder> change) {
    return r -> {
      RolloutRequest.Builder request =
          RolloutRequest.newBuilder()
              .setEnvironment(Rig.CART)
              .setHorizon(5)
              .setInitialStates(Rig.tensor(new double[2], 1, 2))
              .addControllers(controller);
      change.accept(request);
      r.dynamics.rollout(request.build()).next();
    };
  }

  private static Controller openLoop(int T) {
    return Controller.newBuilder()
        .setOpenLoop(
            OpenLoopController.newBuilder().setActions(Rig.tensor(new double[2 * T], T, 2)))
        .build();
  }

  /** A network with one layer of three outputs, unless changed: not enough for a controller. */
  private static Controller mlp(Consumer<MlpController.Builder> change) {
    MlpController.Builder mlp = MlpController.newBuilder().addInputs(0).addLayers(layer(3, 1));
    change.accept(mlp);
    return Controller.newBuilder().setMlp(mlp).build();
  }

  private static InputScaling scaling(double scale, double limit) {
    return InputScaling.newBuilder()
        .setOffset(Rig.tensor(new double[] {0}, 1))
        .setScale(Rig.tensor(new double[] {scale}, 1))
        .setLimit(limit)
        .build();
  }

  private static MlpLayer layer(int rows, int columns) {
    return MlpLayer.newBuilder()
        .setWeights(Rig.tensor(new double[rows * columns], rows, columns))
        .setBiases(Rig.tensor(new double[rows], rows))
        .setActivation(Activation.ACTIVATION_TANH)
        .build();
  }
}
