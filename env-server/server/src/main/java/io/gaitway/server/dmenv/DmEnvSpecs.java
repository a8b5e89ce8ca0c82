package io.gaitway.server.dmenv;

import io.gaitway.proto.dmenv.v1.ActionObservationSpecs;
import io.gaitway.proto.dmenv.v1.DataType;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.proto.dmenv.v1.TensorSpec;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Errors;
import io.gaitway.sim.task.EnvironmentSpec.StateEntry;
import java.util.List;
import java.util.Map;

/**
 * What the agent of a world does and sees: one action, "action" of shape (nu); the observation
 * "observation" of state entries; and "reward", the negative cost of the step. A discount follows
 * from the state of the sequence, and dm_env's adaptor would take one for the first step too.
 */
final class DmEnvSpecs {
  private static final long ACTION = 1;
  private static final long OBSERVATION = 1;
  private static final long REWARD = 2;

  final ActionObservationSpecs message;

  /** Indices of the state entries in the observation. */
  private final int[] observed;

  /** Reads the settings of a JoinWorld. */
  DmEnvSpecs(Model model, Map<String, Tensor> given) {
    DmEnvSettings settings = new DmEnvSettings(given, "observe");
    observed =
        settings.has("observe")
            ? indices(model, settings.texts("observe"))
            : model.spec.observation().stream().mapToInt(i -> i).toArray();
    message =
        ActionObservationSpecs.newBuilder()
            .putActions(
                ACTION,
                spec("action", model.nu)
                    .setMin(bound(model.lower))
                    .setMax(bound(model.upper))
                    .build())
            .putObservations(OBSERVATION, spec("observation", observed.length).build())
            .putObservations(REWARD, spec("reward").build())
            .build();
  }

  /** Checks that every number stands for an observation. */
  void requireObservations(List<Long> uids) {
    for (long uid : uids) {
      requireUid("requested_observations", uid, message.getObservationsMap());
    }
  }

  /** What there is to see under a number. */
  Tensor observation(long uid, DmEnvWorld.Outcome outcome) {
    if (uid == REWARD) {
      return DmEnvTensors.scalar(outcome.reward());
    }
    double[] values = new double[observed.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = outcome.x()[observed[i]];
    }
    return DmEnvTensors.vector(values);
  }

  /** The action in a request, shape (nu); without one, what of the bounds is nearest to 0. */
  static double[] action(Model model, Map<Long, Tensor> actions) {
    for (long uid : actions.keySet()) {
      requireUid("actions", uid, Map.of(ACTION, "action"));
    }
    Tensor given = actions.get(ACTION);
    if (given != null) {
      return DmEnvTensors.doubles("actions[" + ACTION + "]", given, model.nu);
    }
    double[] action = new double[model.nu];
    model.clip(new double[model.nu], 0, action);
    return action;
  }

  private static void requireUid(String field, long uid, Map<Long, ?> known) {
    if (!known.containsKey(uid)) {
      throw Errors.notOneOf(
          field,
          Long.toUnsignedString(uid),
          known.keySet().stream().sorted().map(Object::toString).toList());
    }
  }

  private static int[] indices(Model model, List<String> names) {
    List<String> known = model.spec.state().stream().map(StateEntry::name).toList();
    Errors.requireRange("settings[observe] (its number of entries)", names.size(), 1, known.size());
    int[] indices = new int[names.size()];
    for (int i = 0; i < indices.length; i++) {
      indices[i] = known.indexOf(names.get(i));
      if (indices[i] < 0) {
        throw Errors.notOneOf("settings[observe]", Errors.quoted(names.get(i)), known);
      }
    }
    return indices;
  }

  private static TensorSpec.Builder spec(String name, int... shape) {
    TensorSpec.Builder spec = TensorSpec.newBuilder().setName(name).setDtype(DataType.DOUBLE);
    for (int size : shape) {
      spec.addShape(size);
    }
    return spec;
  }

  private static TensorSpec.Value bound(double[] values) {
    return TensorSpec.Value.newBuilder().setDoubles(DmEnvTensors.array(values)).build();
  }
}
