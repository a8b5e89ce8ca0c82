package io.gaitway.server.catalog;

import io.gaitway.proto.v1.ActionEntry;
import io.gaitway.proto.v1.ContactPoint;
import io.gaitway.proto.v1.CostTerm;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.proto.v1.FirstGuess;
import io.gaitway.proto.v1.Goal;
import io.gaitway.proto.v1.InitialStateDistribution;
import io.gaitway.proto.v1.LinkGeometry;
import io.gaitway.proto.v1.Parameter;
import io.gaitway.proto.v1.Penalty;
import io.gaitway.proto.v1.Shape;
import io.gaitway.proto.v1.Sinusoid;
import io.gaitway.proto.v1.StateEntry;
import io.gaitway.sim.model.Capsule;

/** Writes environment specs as messages, field by field. */
final class SpecCodec {
  private SpecCodec() {}

  /** The message of a spec. */
  static EnvironmentSpec message(io.gaitway.sim.task.EnvironmentSpec spec) {
    EnvironmentSpec.Builder out =
        EnvironmentSpec.newBuilder()
            .setId(spec.id())
            .setVersion(spec.version())
            .setModelDigest(spec.modelDigest())
            .setDescription(spec.description())
            .addAllObservation(spec.observation())
            .setDt(spec.dt())
            .setSubsteps(spec.substeps())
            .setIntegrator(spec.integrator())
            .setHorizon(spec.horizon())
            .setInitialState(
                InitialStateDistribution.newBuilder()
                    .addAllMean(spec.initialState().mean())
                    .addAllStd(spec.initialState().std()))
            .setTermination(spec.termination())
            .setTerminationCost(spec.terminationCost())
            .setTerminationChargesActions(spec.terminationChargesActions())
            .setGroundHeight(spec.groundHeight());
    spec.state().forEach(entry -> out.addState(message(entry)));
    spec.action().forEach(entry -> out.addAction(message(entry)));
    spec.costTerms().forEach(term -> out.addCostTerms(message(term)));
    spec.rewardTerms().forEach(term -> out.addRewardTerms(message(term)));
    spec.terminalCostTerms().forEach(term -> out.addTerminalCostTerms(message(term)));
    spec.parameters().forEach(parameter -> out.addParameters(message(parameter)));
    spec.geometry().forEach(link -> out.addGeometry(message(link)));
    spec.contactPoints().forEach(point -> out.addContactPoints(message(point)));
    if (spec.goal() != null) {
      out.setGoal(message(spec.goal()));
    }
    if (spec.firstGuess() != null) {
      out.setFirstGuess(message(spec.firstGuess()));
    }
    return out.build();
  }

  private static StateEntry message(io.gaitway.sim.task.EnvironmentSpec.StateEntry entry) {
    return StateEntry.newBuilder()
        .setName(entry.name())
        .setUnit(entry.unit())
        .setAngle(entry.angle())
        .setLower(entry.lower())
        .setUpper(entry.upper())
        .build();
  }

  private static ActionEntry message(io.gaitway.sim.task.EnvironmentSpec.ActionEntry entry) {
    return ActionEntry.newBuilder()
        .setName(entry.name())
        .setUnit(entry.unit())
        .setLower(entry.lower())
        .setUpper(entry.upper())
        .build();
  }

  private static CostTerm message(io.gaitway.sim.task.EnvironmentSpec.CostTerm term) {
    return CostTerm.newBuilder()
        .setName(term.name())
        .setQuantity(term.quantity())
        .setWeight(term.weight())
        .setTarget(term.target())
        .setPenalty(
            switch (term.penalty().kind()) {
              case QUADRATIC -> Penalty.PENALTY_QUADRATIC;
              case LINEAR -> Penalty.PENALTY_LINEAR;
              case SMOOTH_ABSOLUTE -> Penalty.PENALTY_SMOOTH_ABSOLUTE;
            })
        .setWidth(term.penalty().width())
        .build();
  }

  private static Goal message(io.gaitway.sim.task.EnvironmentSpec.Goal goal) {
    return Goal.newBuilder()
        .setProgressIndex(goal.progressIndex())
        .setTargetSpeed(goal.targetSpeed())
        .setLeastShare(goal.leastShare())
        .setMostCostRatio(goal.mostCostRatio())
        .build();
  }

  private static FirstGuess message(io.gaitway.sim.task.EnvironmentSpec.FirstGuess guess) {
    FirstGuess.Builder out = FirstGuess.newBuilder();
    if (guess.sinusoid() != null) {
      out.setSinusoid(
          Sinusoid.newBuilder()
              .setFrequency(guess.sinusoid().frequency())
              .addAllAmplitude(guess.sinusoid().amplitude())
              .addAllPhase(guess.sinusoid().phase()));
    }
    if (guess.gait() != null) {
      out.setGait(guess.gait());
    }
    return out.build();
  }

  private static Parameter message(io.gaitway.sim.task.EnvironmentSpec.Parameter parameter) {
    return Parameter.newBuilder()
        .setName(parameter.name())
        .setValue(parameter.value())
        .setDefaultValue(parameter.defaultValue())
        .setLower(parameter.lower())
        .setUpper(parameter.upper())
        .setInteger(parameter.integer())
        .setUnit(parameter.unit())
        .setDescription(parameter.description())
        .build();
  }

  private static LinkGeometry message(io.gaitway.sim.task.EnvironmentSpec.LinkGeometry link) {
    LinkGeometry.Builder out = LinkGeometry.newBuilder();
    if (!link.shapes().isEmpty()) {
      Capsule first = link.shapes().get(0).within();
      out.setFromX(first.from().x())
          .setFromY(first.from().y())
          .setToX(first.to().x())
          .setToY(first.to().y())
          .setRadius(first.radius());
    }
    return out.setName(link.name())
        .setParent(link.parent())
        .setXIndex(link.xIndex())
        .setYIndex(link.yIndex())
        .setAngleIndex(link.angleIndex())
        .setAxis(link.axis())
        .setHingeX(link.hingeX())
        .setHingeY(link.hingeY())
        .setAngle(link.angle())
        .addAllShapes(link.shapes().stream().map(SpecCodec::message).toList())
        .setMass(link.mass())
        .setComX(link.comX())
        .setComY(link.comY())
        .build();
  }

  private static Shape message(io.gaitway.sim.model.Shape shape) {
    Shape.Builder out = Shape.newBuilder().setRadius(shape.radius());
    shape.vertices().forEach(point -> out.addPoints(point.x()).addPoints(point.y()));
    return out.build();
  }

  private static ContactPoint message(io.gaitway.sim.task.EnvironmentSpec.ContactPoint point) {
    return ContactPoint.newBuilder()
        .setLink(point.link())
        .setX(point.x())
        .setY(point.y())
        .setRadius(point.radius())
        .build();
  }
}
