package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Controller.Activation;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkTest {
  private static final double[] NONE = {};

  private static final Controller.Mlp SOUND =
      new Controller.Mlp(
          List.of(1, 0),
          new Controller.Scaling(new double[2], new double[] {1, 2}, 3),
          List.of(
              new Controller.Layer(new double[6], new double[3], Activation.TANH),
              new Controller.Layer(new double[3], new double[1], Activation.LINEAR)),
          new Controller.Squashing(new double[1], new double[] {4}),
          new double[] {5});

  @Test
  void anArchitectureWithItsWeightsIsANetwork() {
    Architecture architecture = new Architecture(List.of(2, 3), Activation.RELU);
    assertEquals(2 * 3 + 3 * 3 + 1 * 4, architecture.parameterCount(2, 1));
    double[] weights = IntStream.rangeClosed(1, 19).mapToDouble(i -> i).toArray();
    Network network = Network.of(architecture, 4, List.of(3, 1), 1, weights, NONE);
    assertEquals(4, network.nx());
    assertEquals(1, network.nu());
    List<Controller.Layer> layers = network.controller().layers();
    assertArrayEquals(new double[] {1, 2, 3, 4}, layers.get(0).W());
    assertArrayEquals(new double[] {5, 6}, layers.get(0).b());
    assertArrayEquals(new double[] {7, 8, 9, 10, 11, 12}, layers.get(1).W());
    assertArrayEquals(new double[] {13, 14, 15}, layers.get(1).b());
    assertArrayEquals(new double[] {16, 17, 18}, layers.get(2).W());
    assertArrayEquals(new double[] {19}, layers.get(2).b());
    assertEquals(
        List.of(Activation.RELU, Activation.RELU, Activation.LINEAR),
        layers.stream().map(Controller.Layer::activation).toList());
    double[] mu = new double[1];
    network.mean(new double[] {0, 2, 0, -1}, 0, mu, 0);
    // The first layer: 1·(−1) + 2·2 + 5 = 8, and 3·(−1) + 4·2 + 6 = 11.
    double expected =
        16 * (7 * 8 + 8 * 11 + 13) + 17 * (9 * 8 + 10 * 11 + 14) + 18 * (11 * 8 + 12 * 11 + 15);
    assertEquals(expected + 19, mu[0]);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Network.of(architecture, 4, List.of(3, 1), 1, new double[18], NONE));
    assertEquals("weights must have 19 entries, but has 18", e.getMessage());
  }

  private static Arguments fault(String message, UnaryOperator<Controller.Mlp> change) {
    return Arguments.of(message, change.apply(SOUND));
  }

  static Stream<Arguments> faults() {
    double[] one = {1};
    double[] nan = {Double.NaN};
    List<Controller.Layer> layers = SOUND.layers();
    return Stream.of(
        fault(
            "inputs must be distinct and from 0 to 1, but inputs[1] is 2",
            m -> new Controller.Mlp(List.of(0, 2), m.layers(), one)),
        fault(
            "inputs must be distinct and from 0 to 1, but inputs[1] is 0",
            m -> new Controller.Mlp(List.of(0, 0), m.layers(), one)),
        fault(
            "inputs must have at least 1 entry, but has none",
            m -> new Controller.Mlp(List.of(), m.layers(), one)),
        fault(
            "layers must have 1 to 64 entries, but has 0",
            m -> new Controller.Mlp(m.inputs(), List.of(), one)),
        fault(
            "layers[1].W must have 9 entries, but has 6",
            m -> new Controller.Mlp(m.inputs(), List.of(layers.get(0), layers.get(0)), one)),
        fault(
            "layers[0].b[0] must be finite, but is NaN",
            m ->
                new Controller.Mlp(
                    m.inputs(),
                    List.of(new Controller.Layer(new double[2], nan, Activation.TANH)),
                    one)),
        fault(
            "std must have 1 entries, but has 2",
            m -> new Controller.Mlp(m.inputs(), m.layers(), new double[] {1, 1})),
        fault(
            "std[0] must be above 0, but is 0.0",
            m -> new Controller.Mlp(m.inputs(), m.layers(), new double[1])),
        fault(
            "scaling.scale[1] must be above 0, but is -1.0",
            m -> scaled(m, new Controller.Scaling(new double[2], new double[] {1, -1}, 1))),
        fault(
            "scaling.offset must have 2 entries, but has 1",
            m -> scaled(m, new Controller.Scaling(one, new double[] {1, 1}, 1))),
        fault(
            "scaling.limit must be above 0, but is 0.0",
            m -> scaled(m, new Controller.Scaling(new double[2], new double[] {1, 1}, 0))),
        fault(
            "squashing.halfRange[0] must be above 0, but is 0.0",
            m -> squashed(m, new Controller.Squashing(one, new double[1]))),
        fault(
            "squashing.centre[0] must be finite, but is NaN",
            m -> squashed(m, new Controller.Squashing(nan, one))));
  }

  private static Controller.Mlp scaled(Controller.Mlp m, Controller.Scaling scaling) {
    return new Controller.Mlp(m.inputs(), scaling, m.layers(), m.squashing(), m.std());
  }

  private static Controller.Mlp squashed(Controller.Mlp m, Controller.Squashing squashing) {
    return new Controller.Mlp(m.inputs(), m.scaling(), m.layers(), squashing, m.std());
  }

  @ParameterizedTest
  @MethodSource("faults")
  void whatIsWrongIsNamed(String message, Controller.Mlp network) {
    assertEquals(1, new Network(2, SOUND).nu());
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new Network(2, network));
    assertEquals(message, e.getMessage());
  }
}
