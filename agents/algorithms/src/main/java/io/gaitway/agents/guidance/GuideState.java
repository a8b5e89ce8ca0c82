package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.optim.trajopt.GaussianTrajectory;

/** A trajectory distribution's arrays in a learner's state. */
final class GuideState {
  private GuideState() {}

  static void put(ObjectNode state, GaussianTrajectory q) {
    ExactDoubles.put(state, "xs", q.xs);
    ExactDoubles.put(state, "us", q.us);
    ExactDoubles.put(state, "K", q.K);
    ExactDoubles.put(state, "C", q.C);
    ExactDoubles.put(state, "Sigma", q.Sigma);
    ExactDoubles.put(state, "disturbance", q.disturbance);
  }

  static GaussianTrajectory get(JsonNode state, int T, int nx, int nu) {
    return GaussianTrajectory.withMarginals(
        T,
        nx,
        nu,
        ExactDoubles.get(state, "xs"),
        ExactDoubles.get(state, "us"),
        ExactDoubles.get(state, "K"),
        ExactDoubles.get(state, "C"),
        ExactDoubles.get(state, "Sigma"),
        ExactDoubles.get(state, "disturbance"));
  }
}
