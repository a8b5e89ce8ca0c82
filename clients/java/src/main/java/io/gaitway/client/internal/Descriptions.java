package io.gaitway.client.internal;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How environments are named to the server, and what it says of them as the client's records. */
public final class Descriptions {
  private Descriptions() {}

  /** Names an environment and the parameters that are not to have their defaults. */
  public static EnvironmentRef reference(String id, Map<String, Double> parameters) {
    return EnvironmentRef.newBuilder().setId(id).putAllParameters(parameters).build();
  }

  /** Reads the description of an environment. */
  public static EnvironmentInfo environment(EnvironmentSpec spec) {
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
    List<EnvironmentInfo.CostTerm> costTerms = new ArrayList<>();
    for (io.gaitway.proto.v1.CostTerm c : spec.getCostTermsList()) {
      costTerms.add(
          new EnvironmentInfo.CostTerm(c.getName(), c.getQuantity(), c.getWeight(), c.getTarget()));
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
        costTerms,
        new EnvironmentInfo.InitialState(
            spec.getInitialState().getMeanList(), spec.getInitialState().getStdList()),
        spec.getTermination(),
        spec.getTerminationCost(),
        parameters,
        geometry,
        contactPoints);
  }

  private static EnvironmentInfo.LinkGeometry link(io.gaitway.proto.v1.LinkGeometry g) {
    return new EnvironmentInfo.LinkGeometry(
        g.getName(),
        g.getParent(),
        g.getAngleIndex(),
        g.getAxis(),
        g.getHingeX(),
        g.getHingeY(),
        g.getFromX(),
        g.getFromY(),
        g.getToX(),
        g.getToY(),
        g.getRadius(),
        g.getMass(),
        g.getComX(),
        g.getComY());
  }
}
