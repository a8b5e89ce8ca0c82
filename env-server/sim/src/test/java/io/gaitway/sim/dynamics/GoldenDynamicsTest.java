package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.robots.Swimmer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Forward dynamics, their partial derivatives and the models against MuJoCo and Pinocchio, on
 * random states of swimmers with 3 and 6 links and of the walker's tree off the ground.
 */
class GoldenDynamicsTest {
  private static final double TOLERANCE = 1e-10;
  private static final double MODEL_TOLERANCE = 1e-13;
  private static final int LEAST_STATES = 200;

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @CsvSource({
    "swimmer3, mujoco, bare",
    "swimmer3, mujoco, fluid1000",
    "swimmer3, mujoco, fluid4000",
    "swimmer3, pinocchio, bare",
    "swimmer6, mujoco, bare",
    "swimmer6, mujoco, fluid1000",
    "swimmer6, mujoco, fluid4000",
    "swimmer6, pinocchio, bare",
    "walker, mujoco, bare",
    "walker, pinocchio, bare",
  })
  void accelerations(String name, String engine, String forceSet) {
    GoldenRobot robot = GoldenRobot.load(name);
    PlanarModel model = model(robot);
    ForwardDynamics dynamics = new ForwardDynamics(model, robot.forces(forceSet), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    Worst worst = new Worst(name + " against " + engine + ", " + forceSet);
    for (JsonNode state : robot.states()) {
      evaluate(dynamics, data, state);
      double[] actual = new double[model.nv()];
      for (int i = 0; i < actual.length; i++) {
        actual[i] = data.qdd(i);
      }
      worst.add(actual, GoldenRobot.array(state.get(engine).get(forceSet)));
    }
    worst.check(LEAST_STATES, TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"swimmer3", "swimmer6", "walker"})
  void partialDerivatives(String name) {
    GoldenRobot robot = GoldenRobot.load(name);
    PlanarModel model = model(robot);
    ForwardDynamics dynamics = new ForwardDynamics(model, List.of(), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    Worst byPosition = new Worst(name + " against pinocchio, partials by q");
    Worst byVelocity = new Worst(name + " against pinocchio, partials by q'");
    Worst byTorque = new Worst(name + " against mujoco's mass matrix, partials by torque");
    int nv = model.nv();
    int nu = nv - 3;
    for (JsonNode state : robot.detailedStates()) {
      differentiate(dynamics, data, state);
      double[][] dq = new double[nv][nv];
      double[][] dqd = new double[nv][nv];
      double[][] dtau = new double[nv][nu];
      for (int i = 0; i < nv; i++) {
        for (int j = 0; j < nv; j++) {
          dq[i][j] = data.qddDq(i, j);
          dqd[i][j] = data.qddDqd(i, j);
        }
        for (int j = 0; j < nu; j++) {
          dtau[i][j] = data.qddDtau(i, j);
        }
      }
      JsonNode reference = state.get("pinocchio");
      byPosition.add(flat(dq), flat(GoldenRobot.matrix(reference.get("bareDq"))));
      byVelocity.add(flat(dqd), flat(GoldenRobot.matrix(reference.get("bareDv"))));
      byTorque.add(
          flat(product(GoldenRobot.matrix(state.get("massMatrix")), dtau)), flat(selection(nv)));
    }
    byPosition.check(18, TOLERANCE);
    byVelocity.check(18, TOLERANCE);
    byTorque.check(18, TOLERANCE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"swimmer3", "swimmer6"})
  void models(String name) {
    GoldenRobot robot = GoldenRobot.load(name);
    PlanarModel expected = robot.model();
    PlanarModel actual = model(robot);
    Worst worst = new Worst(name + ", model against what MuJoCo compiled");
    assertEquals(expected.size(), actual.size(), "links");
    for (int i = 0; i < expected.size(); i++) {
      assertEquals(expected.link(i).parent(), actual.link(i).parent(), "parent of link " + i);
      assertEquals(expected.link(i).axis(), actual.link(i).axis(), "axis of link " + i);
      worst.add(numbers(actual.link(i)), numbers(expected.link(i)));
    }
    worst.add(
        new double[] {actual.joint(0).armature(), actual.gravity().x(), actual.gravity().y()},
        new double[] {
          expected.joint(0).armature(), expected.gravity().x(), expected.gravity().y()
        });
    worst.check(expected.size(), MODEL_TOLERANCE);
  }

  /**
   * A link's inertia follows from its inertia box, so the boxes of the drag law are checked too.
   */
  @Test
  void inertiaBoxes() {
    GoldenRobot robot = GoldenRobot.load("swimmer3");
    PlanarModel model = model(robot);
    Worst worst = new Worst("swimmer3, inertias against MuJoCo's inertia boxes");
    for (int i = 0; i < model.size(); i++) {
      double[] box = robot.inertiaBox(i);
      double m = model.link(i).mass();
      worst.add(
          new double[] {model.link(i).inertia(), model.link(i).inPlane().along()},
          new double[] {
            m * (box[0] * box[0] + box[2] * box[2]) / 12,
            m * (box[0] * box[0] + box[1] * box[1]) / 12
          });
    }
    worst.check(model.size(), MODEL_TOLERANCE);
  }

  /** The swimmers are the ones that the catalog offers; the walker's tree is data. */
  private static PlanarModel model(GoldenRobot robot) {
    return switch (robot.name()) {
      case "swimmer3" -> Swimmer.model(3);
      case "swimmer6" -> Swimmer.model(6);
      default -> robot.model();
    };
  }

  private static void evaluate(
      ForwardDynamics dynamics, ForwardDynamics.Data data, JsonNode state) {
    dynamics.evaluate(data, array(state, "q"), array(state, "v"), array(state, "tau"));
  }

  private static void differentiate(
      ForwardDynamics dynamics, ForwardDynamics.Data data, JsonNode state) {
    dynamics.differentiate(data, array(state, "q"), array(state, "v"), array(state, "tau"));
  }

  private static double[] array(JsonNode state, String field) {
    return GoldenRobot.array(state.get(field));
  }

  private static double[] numbers(Link link) {
    return new double[] {
      link.hinge().x(),
      link.hinge().y(),
      link.mass(),
      link.com().x(),
      link.com().y(),
      link.inertia(),
      link.inPlane().along(),
      link.joint().armature(),
      link.joint().damping()
    };
  }

  private static double[] flat(double[][] rows) {
    return Stream.of(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < c[i].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  /** The generalised forces of one unit torque on each hinge after the root; shape (nv, nv − 3). */
  private static double[][] selection(int nv) {
    double[][] s = new double[nv][nv - 3];
    for (int j = 0; j < nv - 3; j++) {
      s[3 + j][j] = 1;
    }
    return s;
  }

  /** The largest error |a − b|∞ / max(1, |b|∞) of a series of states, and where it was. */
  private static final class Worst {
    private final String what;
    private int count;
    private int at = -1;
    private double error;

    Worst(String what) {
      this.what = what;
    }

    void add(double[] actual, double[] expected) {
      assertEquals(expected.length, actual.length, what + ": length");
      double difference = 0;
      double scale = 1;
      for (int i = 0; i < expected.length; i++) {
        double d = Math.abs(actual[i] - expected[i]);
        difference = Double.isNaN(d) ? Double.POSITIVE_INFINITY : Math.max(difference, d);
        scale = Math.max(scale, Math.abs(expected[i]));
      }
      if (at < 0 || difference / scale > error) {
        error = difference / scale;
        at = count;
      }
      count++;
    }

    void check(int leastCount, double tolerance) {
      String message =
          String.format("%s: worst relative error %.2e at index %d of %d", what, error, at, count);
      System.out.println(message);
      assertTrue(count >= leastCount, message + ", expected at least " + leastCount);
      assertTrue(error <= tolerance, message + ", allowed " + tolerance);
    }
  }
}
