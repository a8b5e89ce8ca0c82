package io.gaitway.client;

import io.gaitway.client.internal.Tensors;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DerivativeError;
import io.gaitway.proto.v1.DerivativeSide;
import io.gaitway.proto.v1.GetServerInfoResponse;
import io.gaitway.proto.v1.GetStatusResponse;
import io.gaitway.proto.v1.Limits;
import io.gaitway.proto.v1.Load;
import io.gaitway.proto.v1.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** Turns answers to the client's own questions into its records. */
final class Answers {
  private Answers() {}

  static ServerInfo server(GetServerInfoResponse info) {
    return new ServerInfo(
        info.getServer(),
        info.getApiVersionsList(),
        info.getCapabilitiesList(),
        switch (info.getDeterminism()) {
          case DETERMINISM_TIER_PROCESS -> ServerInfo.Determinism.PROCESS;
          case DETERMINISM_TIER_MODEL -> ServerInfo.Determinism.MODEL;
          case DETERMINISM_TIER_UNSPECIFIED, UNRECOGNIZED -> ServerInfo.Determinism.UNSPECIFIED;
        },
        limits(info.getLimits()));
  }

  private static ServerInfo.Limits limits(Limits limits) {
    return new ServerInfo.Limits(
        limits.getMaxMessageBytes(),
        limits.getMaxSessions(),
        limits.getMaxEnvironmentsPerSession(),
        limits.getMaxStepsPerRequest(),
        limits.getMaxHorizon(),
        Duration.ofMillis(Math.round(limits.getMaxLeaseSeconds() * 1000)),
        limits.getWorkerThreads());
  }

  static ServerStatus status(GetStatusResponse status) {
    Load load = status.getLoad();
    return new ServerStatus(
        status.getServer(),
        status.getUptimeSeconds(),
        status.getDraining(),
        limits(status.getLimits()),
        new ServerStatus.Load(
            load.getSessions(),
            load.getEnvironments(),
            load.getEvaluations(),
            load.getRunningCalls(),
            load.getWaiting(),
            load.getComputing(),
            load.getSessionSteps(),
            load.getRolloutSteps(),
            load.getLinearizedKnots(),
            load.getAnswerBytes(),
            load.getEvaluationBytes(),
            load.getSessionBytes(),
            load.getHeapBytes()));
  }

  static DerivativeCheck derivativeCheck(CheckDerivativesResponse response, int samples) {
    if (response.getSamples() < 1 || response.getSamples() > samples) {
      throw Tensors.answer("%d of %d knots were checked".formatted(response.getSamples(), samples));
    }
    List<DerivativeCheck.Entry> errors = new ArrayList<>();
    for (DerivativeError error : response.getErrorsList()) {
      errors.add(entry(error));
    }
    if (response.getWorst() < 0 || response.getWorst() >= errors.size()) {
      throw Tensors.answer(
          "the worst of %d errors is number %d".formatted(errors.size(), response.getWorst()));
    }
    return new DerivativeCheck(response.getSamples(), errors, errors.get(response.getWorst()));
  }

  private static DerivativeCheck.Entry entry(DerivativeError error) {
    return new DerivativeCheck.Entry(
        error.getArray(),
        error.getEntry(),
        error.getRow(),
        error.getColumn(),
        error.getAnalytic(),
        error.getNumeric(),
        side(error.getSide()),
        error.getKink(),
        error.getRelativeError(),
        error.getSample(),
        list(error.getState(), "state"),
        list(error.getAction(), "action"));
  }

  /** A server from before corners, or one with more kinds, compares with the derivative. */
  private static DerivativeCheck.Side side(DerivativeSide side) {
    return switch (side) {
      case DERIVATIVE_SIDE_RIGHT -> DerivativeCheck.Side.RIGHT;
      case DERIVATIVE_SIDE_LEFT -> DerivativeCheck.Side.LEFT;
      case DERIVATIVE_SIDE_MEAN, DERIVATIVE_SIDE_UNSPECIFIED, UNRECOGNIZED ->
          DerivativeCheck.Side.MEAN;
    };
  }

  private static List<Double> list(Tensor vector, String name) {
    int length = Tensors.rows(vector, name, Integer.MAX_VALUE);
    return DoubleStream.of(Tensors.doubles(vector, name, length)).boxed().toList();
  }
}
