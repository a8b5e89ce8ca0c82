package io.gaitway.client.agent;

import com.google.protobuf.ByteString;
import io.gaitway.client.internal.Controllers;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.AgentSetting;
import io.gaitway.proto.v1.Architecture;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.DescribeResponse;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.IterationResult;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.ReferenceTrajectory;
import io.gaitway.proto.v1.Scalar;
import io.gaitway.proto.v1.SettingType;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.proto.v1.TrainableNetworks;
import io.gaitway.proto.v1.TrainingTask;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages of the agents' contract, from and to values. What an agent sent is checked as far as it
 * can be without knowledge of the task: types, shapes that fit each other, finite numbers.
 */
final class AgentCodec {
  private AgentCodec() {}

  // ---- What the agent is ----

  static AgentDescription decode(DescribeResponse response) {
    List<AgentDescription.Setting> settings = new ArrayList<>();
    for (AgentSetting setting : response.getSettingsList()) {
      if (Double.isNaN(setting.getMin())
          || Double.isNaN(setting.getAbove())
          || Double.isNaN(setting.getMax())) {
        throw AgentException.contract(
            "describes a setting '%s' whose range has a NaN".formatted(setting.getName()));
      }
      settings.add(
          new AgentDescription.Setting(
              setting.getName(),
              setting.getDescription(),
              type(setting),
              setting.getValuesMap(),
              setting.hasMin() ? setting.getMin() : Double.NEGATIVE_INFINITY,
              setting.hasAbove() ? setting.getAbove() : Double.NEGATIVE_INFINITY,
              setting.hasMax() ? setting.getMax() : Double.POSITIVE_INFINITY,
              setting.getUnit(),
              setting.getAlternativesList()));
    }
    return new AgentDescription(
        response.getName(),
        response.getSummary(),
        response.getVersion(),
        settings,
        response.getPresetsList(),
        response.getTrainable().getMaxHiddenLayers(),
        response.getTrainable().getActivationsList().stream()
            .map(activation -> activation(activation, "describes", "trainable.activations"))
            .toList());
  }

  private static AgentDescription.Type type(AgentSetting setting) {
    return switch (setting.getType()) {
      case SETTING_TYPE_NUMBER -> AgentDescription.Type.NUMBER;
      case SETTING_TYPE_INTEGER -> AgentDescription.Type.INTEGER;
      case SETTING_TYPE_BOOLEAN -> AgentDescription.Type.BOOLEAN;
      case SETTING_TYPE_TEXT -> AgentDescription.Type.TEXT;
      case SETTING_TYPE_UNSPECIFIED, UNRECOGNIZED ->
          throw AgentException.contract(
              "describes a setting '%s' without a type".formatted(setting.getName()));
    };
  }

  static DescribeResponse encode(AgentDescription description) {
    DescribeResponse.Builder response =
        DescribeResponse.newBuilder()
            .setName(description.name())
            .setSummary(description.summary())
            .setVersion(description.version())
            .addAllPresets(description.presets())
            .setTrainable(
                TrainableNetworks.newBuilder()
                    .setMaxHiddenLayers(description.maxHiddenLayers())
                    .addAllActivations(
                        description.activations().stream().map(Controllers::activation).toList()));
    for (AgentDescription.Setting setting : description.settings()) {
      AgentSetting.Builder builder =
          response
              .addSettingsBuilder()
              .setName(setting.name())
              .setDescription(setting.description())
              .setType(SettingType.valueOf("SETTING_TYPE_" + setting.type().name()))
              .putAllValues(setting.values())
              .setUnit(setting.unit())
              .addAllAlternatives(setting.alternatives());
      if (setting.min() != Double.NEGATIVE_INFINITY) {
        builder.setMin(setting.min());
      }
      if (setting.above() != Double.NEGATIVE_INFINITY) {
        builder.setAbove(setting.above());
      }
      if (setting.max() != Double.POSITIVE_INFINITY) {
        builder.setMax(setting.max());
      }
    }
    return response.build();
  }

  // ---- What it is to do ----

  static TrainingTask encode(AgentTask task) {
    return TrainingTask.newBuilder()
        .setEnvironment(
            EnvironmentRef.newBuilder()
                .setId(task.environment())
                .putAllParameters(task.parameters())
                .setModelDigest(task.modelDigest()))
        .setServer(task.server())
        .setAccount(task.account())
        .addAllObservation(task.observation())
        .setArchitecture(
            Architecture.newBuilder()
                .addAllHidden(task.hidden())
                .setActivation(Controllers.activation(task.activation())))
        .setSeed(task.seed())
        .setIterations(task.iterations())
        .setHorizon(task.horizon())
        .putAllSettings(task.settings())
        .setCheckpoint(ByteString.copyFrom(task.checkpoint()))
        .build();
  }

  static AgentTask decode(TrainingTask task) {
    return new AgentTask(
        task.getEnvironment().getId(),
        task.getEnvironment().getParametersMap(),
        task.getEnvironment().getModelDigest(),
        task.getServer(),
        task.getAccount(),
        task.getObservationList(),
        task.getArchitecture().getHiddenList(),
        Controllers.activation(task.getArchitecture().getActivation())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "architecture.activation must be a known one, but is "
                            + task.getArchitecture().getActivation())),
        task.getSeed(),
        task.getIterations(),
        task.getHorizon(),
        task.getSettingsMap(),
        task.getCheckpoint().toByteArray());
  }

  // ---- What it has done ----

  static ReferenceTrajectory encode(Trajectory trajectory) {
    int T = trajectory.T;
    return ReferenceTrajectory.newBuilder()
        .setStates(Tensors.of(trajectory.xs, T + 1, trajectory.nx))
        .setActions(Tensors.of(trajectory.us, T, trajectory.nu))
        .setCosts(Tensors.of(trajectory.costs, T + 1))
        .build();
  }

  static Trajectory trajectory(ReferenceTrajectory message, String name) {
    int[] states = shape(message.getStates(), name + ".states", 2);
    int[] actions = shape(message.getActions(), name + ".actions", 2);
    int T = actions[0];
    double[] xs = numbers(message.getStates(), name + ".states", T + 1, states[1]);
    double[] us = numbers(message.getActions(), name + ".actions", T, actions[1]);
    double[] costs = numbers(message.getCosts(), name + ".costs", T + 1);
    Trajectory trajectory = new Trajectory(T, states[1], actions[1]);
    System.arraycopy(xs, 0, trajectory.xs, 0, xs.length);
    System.arraycopy(us, 0, trajectory.us, 0, us.length);
    System.arraycopy(costs, 0, trajectory.costs, 0, costs.length);
    return trajectory;
  }

  static IterationResult encode(AgentTraining.Iteration iteration) {
    IterationResult.Builder result =
        IterationResult.newBuilder()
            .setPolicy(
                io.gaitway.proto.v1.Controller.newBuilder()
                    .setMlp(
                        Controllers.mlp(
                            iteration.policy(), "policy", outputs(iteration.policy()))));
    iteration
        .scalars()
        .forEach((name, value) -> result.addScalarsBuilder().setName(name).setValue(value));
    return result.build();
  }

  static AgentTraining.Iteration decode(IterationResult result) {
    if (!result.hasPolicy()) {
      throw AgentException.contract("sent an iteration without a policy");
    }
    Map<String, Double> scalars = new LinkedHashMap<>();
    for (Scalar scalar : result.getScalarsList()) {
      if (!scalar.getName().matches("[a-z][a-z0-9_]{0,39}")) {
        throw AgentException.contract(
            ("sent a number called '%s'; names are 1 to 40 lower-case letters, digits and"
                    + " underscores, and begin with a letter")
                .formatted(scalar.getName()));
      }
      if (scalars.put(scalar.getName(), scalar.getValue()) != null) {
        throw AgentException.contract("sent two numbers called '%s'".formatted(scalar.getName()));
      }
    }
    if (!result.getPolicy().hasMlp()) {
      throw AgentException.contract(
          "sent a policy of kind %s; a network (mlp) is expected"
              .formatted(result.getPolicy().getKindCase()));
    }
    return new AgentTraining.Iteration(network(result.getPolicy().getMlp()), scalars);
  }

  private static int outputs(Controller.Mlp policy) {
    if (policy.layers().isEmpty()) {
      throw new IllegalArgumentException("policy.layers must have at least 1 entry, but has none");
    }
    return policy.layers().get(policy.layers().size() - 1).b().length;
  }

  private static Controller.Mlp network(MlpController message) {
    if (message.getLayersCount() == 0) {
      throw AgentException.contract("sent a policy without layers");
    }
    List<Controller.Layer> layers = new ArrayList<>();
    int read = message.getParametersCount() + message.getInputsCount();
    int width = read;
    for (int i = 0; i < message.getLayersCount(); i++) {
      MlpLayer layer = message.getLayers(i);
      String name = "policy.layers[" + i + "].";
      double[] b =
          numbers(
              layer.getBiases(), name + "biases", shape(layer.getBiases(), name + "biases", 1)[0]);
      double[] W = numbers(layer.getWeights(), name + "weights", b.length, width);
      layers.add(
          new Controller.Layer(
              W, b, activation(layer.getActivation(), "sent", name + "activation")));
      width = b.length;
    }
    return new Controller.Mlp(
        message.getParametersList(),
        message.getInputsList(),
        message.hasScaling() ? scaling(message.getScaling(), "policy.scaling", read) : null,
        layers,
        message.hasSquashing()
            ? squashing(message.getSquashing(), "policy.squashing", width)
            : null,
        message.hasNoiseStd()
            ? numbers(message.getNoiseStd(), "policy.noise_std", width)
            : new double[0]);
  }

  private static Controller.Scaling scaling(InputScaling message, String name, int inputs) {
    return new Controller.Scaling(
        numbers(message.getOffset(), name + ".offset", inputs),
        numbers(message.getScale(), name + ".scale", inputs),
        message.hasLimit() ? message.getLimit() : Double.POSITIVE_INFINITY);
  }

  private static Controller.Squashing squashing(OutputSquashing message, String name, int nu) {
    return new Controller.Squashing(
        numbers(message.getCentre(), name + ".centre", nu),
        numbers(message.getHalfRange(), name + ".half_range", nu));
  }

  private static Controller.Activation activation(
      Activation activation, String verb, String field) {
    return Controllers.activation(activation)
        .orElseThrow(
            () ->
                AgentException.contract(
                    "%s %s as %s; a known activation is expected"
                        .formatted(verb, field, activation)));
  }

  /** The shape of a tensor of so many dimensions. */
  private static int[] shape(Tensor tensor, String name, int dimensions) {
    boolean sound =
        tensor.getShapeCount() == dimensions
            && tensor.getShapeList().stream().allMatch(size -> size >= 0 && size < 1 << 24);
    if (!sound) {
      throw AgentException.contract(
          "sent %s of shape %s; %s expected"
              .formatted(
                  name,
                  Tensors.words(tensor.getShapeList()),
                  dimensions == 1 ? "1 dimension is" : dimensions + " dimensions are"));
    }
    return tensor.getShapeList().stream().mapToInt(Long::intValue).toArray();
  }

  /** Reads a tensor of finite numbers and of exactly this shape. */
  private static double[] numbers(Tensor tensor, String name, long... shape) {
    @Nullable String problem = Tensors.problem(tensor, DataType.DATA_TYPE_FLOAT64, shape);
    if (problem != null) {
      throw AgentException.contract("sent %s, which %s".formatted(name, problem));
    }
    double[] values = Tensors.doubles(tensor, name, shape);
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw AgentException.contract(
            "sent %s with %s in entry %d; finite numbers are expected"
                .formatted(name, values[i], i));
      }
    }
    return values;
  }
}
