package io.gaitway.client.internal;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How environments are named to the server, and what it says of them as the client's records. */
public final class Descriptions {
  private Descriptions() {}

  /** Names an environment and the parameters that are not to have their defaults. */
  public static EnvironmentRef reference(String id, Map<String, Double> parameters) {
    return EnvironmentRef.newBuilder().setId(id).putAllParameters(parameters).build();
  }

  /**
   * Reads the description of the environment that was asked for.
   *
   * @param id its catalog name
   */
  public static EnvironmentInfo environment(EnvironmentSpec spec, String id) {
    if (!spec.getId().equals(id)) {
      throw Tensors.answer("it describes '%s' instead of '%s'".formatted(spec.getId(), id));
    }
    return environment(spec);
  }

  /** Reads the description of an environment. */
  public static EnvironmentInfo environment(EnvironmentSpec spec) {
    check(spec);
    List<EnvironmentInfo.StateEntry> state = new ArrayList<>();
    for (io.gaitway.proto.v1.StateEntry s : spec.getStateList()) {
      state.add(
          new EnvironmentInfo.StateEntry(
              s.getName(), s.getUnit(), s.getAngle(), s.getLower(), s.getUpper()));
    }
    List<EnvironmentInfo.ActionEntry> action = new ArrayList<>();
    for (io.gaitway.proto.v1.ActionEntry a : spec.getActionList()) {
      action.add(
          new EnvironmentInfo.ActionEntry(a.getName(), a.getUnit(), a.getLower(), a.getUpper()));
    }
    List<EnvironmentInfo.Parameter> parameters = new ArrayList<>();
    for (io.gaitway.proto.v1.Parameter p : spec.getParametersList()) {
      parameters.add(
          new EnvironmentInfo.Parameter(
              p.getName(),
              p.getValue(),
              p.getDefaultValue(),
              p.getLower(),
              p.getUpper(),
              p.getInteger(),
              p.getUnit(),
              p.getDescription()));
    }
    List<EnvironmentInfo.LinkGeometry> geometry = new ArrayList<>();
    for (io.gaitway.proto.v1.LinkGeometry g : spec.getGeometryList()) {
      geometry.add(link(g));
    }
    List<EnvironmentInfo.ContactPoint> contactPoints = new ArrayList<>();
    for (io.gaitway.proto.v1.ContactPoint p : spec.getContactPointsList()) {
      contactPoints.add(
          new EnvironmentInfo.ContactPoint(p.getLink(), p.getX(), p.getY(), p.getRadius()));
    }
    return new EnvironmentInfo(
        spec.getId(),
        spec.getVersion(),
        spec.getModelDigest(),
        spec.getDescription(),
        state,
        action,
        spec.getObservationList(),
        spec.getDt(),
        spec.getSubsteps(),
        spec.getIntegrator(),
        spec.getHorizon(),
        costTerms(spec.getCostTermsList()),
        costTerms(spec.getTerminalCostTermsList()),
        costTerms(spec.getRewardTermsList()),
        new EnvironmentInfo.InitialState(
            spec.getInitialState().getMeanList(), spec.getInitialState().getStdList()),
        spec.getTermination(),
        spec.getTerminationCost(),
        spec.getTerminationChargesActions(),
        parameters,
        geometry,
        contactPoints,
        spec.getGroundHeight(),
        spec.hasGoal() ? goal(spec.getGoal()) : null,
        spec.hasFirstGuess() ? firstGuess(spec.getFirstGuess()) : null);
  }

  private static List<EnvironmentInfo.CostTerm> costTerms(
      List<io.gaitway.proto.v1.CostTerm> terms) {
    return terms.stream()
        .map(
            c ->
                new EnvironmentInfo.CostTerm(
                    c.getName(),
                    c.getQuantity(),
                    c.getWeight(),
                    c.getTarget(),
                    switch (c.getPenalty()) {
                      case PENALTY_UNSPECIFIED, PENALTY_QUADRATIC ->
                          EnvironmentInfo.Penalty.QUADRATIC;
                      case PENALTY_LINEAR -> EnvironmentInfo.Penalty.LINEAR;
                      case PENALTY_SMOOTH_ABSOLUTE -> EnvironmentInfo.Penalty.SMOOTH_ABSOLUTE;
                      case UNRECOGNIZED ->
                          throw Tensors.answer("a cost term has penalty " + c.getPenaltyValue());
                    },
                    c.getWidth()))
        .toList();
  }

  private static EnvironmentInfo.Goal goal(io.gaitway.proto.v1.Goal goal) {
    return new EnvironmentInfo.Goal(
        goal.getProgressIndex(),
        goal.getTargetSpeed(),
        goal.getLeastShare(),
        goal.getMostCostRatio());
  }

  private static EnvironmentInfo.@Nullable FirstGuess firstGuess(
      io.gaitway.proto.v1.FirstGuess guess) {
    return switch (guess.getKindCase()) {
      case SINUSOID ->
          new EnvironmentInfo.FirstGuess(
              new EnvironmentInfo.Sinusoid(
                  guess.getSinusoid().getFrequency(),
                  guess.getSinusoid().getAmplitudeList(),
                  guess.getSinusoid().getPhaseList()),
              null);
      case GAIT -> new EnvironmentInfo.FirstGuess(null, guess.getGait());
      case KIND_NOT_SET -> null; // of a kind that a later contract has
    };
  }

  /** Checks that whatever counts or points at entries fits the number of entries. */
  private static void check(EnvironmentSpec spec) {
    String name = "environment '" + spec.getId() + "'";
    int nx = spec.getStateCount();
    if (spec.getId().isEmpty() || nx == 0) {
      throw Tensors.answer("%s has %d state entries".formatted(name, nx));
    }
    requireCount(name, "initial_state.mean", spec.getInitialState().getMeanCount(), nx);
    requireCount(name, "initial_state.std", spec.getInitialState().getStdCount(), nx);
    for (int index : spec.getObservationList()) {
      requireIndex(name, "observation", index, 0, nx);
    }
    int links = spec.getGeometryCount();
    for (int i = 0; i < links; i++) {
      io.gaitway.proto.v1.LinkGeometry link = spec.getGeometry(i);
      requireIndex(name, "geometry.parent", link.getParent(), -1, i);
      requireIndex(name, "geometry.angle_index", link.getAngleIndex(), -1, nx);
      for (io.gaitway.proto.v1.Shape shape : link.getShapesList()) {
        if (shape.getPointsCount() == 0 || shape.getPointsCount() % 2 != 0) {
          throw Tensors.answer(
              "%s has a shape with %d numbers in geometry.shapes.points, which come in pairs"
                  .formatted(name, shape.getPointsCount()));
        }
      }
    }
    for (io.gaitway.proto.v1.ContactPoint point : spec.getContactPointsList()) {
      requireIndex(name, "contact_points.link", point.getLink(), 0, links);
    }
    if (spec.getHorizon() < 0 || spec.getSubsteps() < 0) {
      throw Tensors.answer(
          "%s has a horizon of %d steps and %d substeps"
              .formatted(name, spec.getHorizon(), spec.getSubsteps()));
    }
  }

  private static void requireCount(String name, String field, int count, int expected) {
    if (count != expected) {
      throw Tensors.answer(
          "%s has %d entries in %s instead of %d".formatted(name, count, field, expected));
    }
  }

  private static void requireIndex(String name, String field, int index, int least, int end) {
    if (index < least || index >= end) {
      throw Tensors.answer(
          "%s has %d in %s, which must be between %d and %d"
              .formatted(name, index, field, least, end - 1));
    }
  }

  private static EnvironmentInfo.LinkGeometry link(io.gaitway.proto.v1.LinkGeometry g) {
    return new EnvironmentInfo.LinkGeometry(
        g.getName(),
        g.getParent(),
        g.getXIndex(),
        g.getYIndex(),
        g.getAngleIndex(),
        g.getAxis(),
        g.getHingeX(),
        g.getHingeY(),
        g.getAngle(),
        g.getShapesList().stream()
            .map(shape -> new EnvironmentInfo.Shape(shape.getPointsList(), shape.getRadius()))
            .toList(),
        g.getMass(),
        g.getComX(),
        g.getComY());
  }
}
