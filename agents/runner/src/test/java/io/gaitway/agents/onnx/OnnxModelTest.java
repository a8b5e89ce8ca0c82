package io.gaitway.agents.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.gaitway.agents.onnx.format.AttributeProto;
import io.gaitway.agents.onnx.format.GraphProto;
import io.gaitway.agents.onnx.format.ModelProto;
import io.gaitway.agents.onnx.format.NodeProto;
import io.gaitway.agents.onnx.format.StringStringEntryProto;
import io.gaitway.agents.onnx.format.TensorProto;
import io.gaitway.agents.onnx.format.TensorShapeProto;
import io.gaitway.agents.onnx.format.ValueInfoProto;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.Network;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Reads exported models back and carries them out, operator by operator as ONNX defines them. What
 * ONNX's own checker and its runtimes say of such files is tested by the Python and TypeScript
 * clients.
 */
class OnnxModelTest {
  private static final int NX = 5;
  private static final int M = 2;

  private static double[] gaussian(Random random, int n, double scale) {
    return random.doubles(n).map(ignored -> scale * random.nextGaussian()).toArray();
  }

  /**
   * A policy with h hidden units of every kind: switched off, on, and between, where {@code scale}
   * is large.
   */
  private static PolicyFile policy(int h, double scale) {
    Random random = new Random(h);
    GaussianMlp mlp =
        new GaussianMlp(
            NX,
            List.of(4, 1, 2),
            gaussian(random, h * 3, scale),
            gaussian(random, h, scale),
            gaussian(random, M * h, 1),
            gaussian(random, M, 1),
            new double[] {0.7, 1.9});
    return file(mlp, null);
  }

  private static PolicyFile file(Policy policy, @Nullable String comment) {
    return new PolicyFile(
        policy,
        "fish",
        "3",
        "abc",
        List.of("x", "y", "\"z\"", "dx", "dy"),
        List.of("left", "right"),
        comment);
  }

  private static ModelProto export(PolicyFile policy) {
    try {
      return ModelProto.parseFrom(OnnxModel.encode(policy, "1.2.3"));
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void saysWhatItIsAndForWhom() {
    ModelProto model = export(policy(4, 1));
    assertEquals(7, model.getIrVersion());
    assertEquals(1, model.getOpsetImportCount());
    assertEquals("", model.getOpsetImport(0).getDomain());
    assertEquals(13, model.getOpsetImport(0).getVersion());
    assertEquals("gaitway 1.2.3", model.getProducerName() + " " + model.getProducerVersion());
    assertEquals(
        Map.of(
            "format",
            "gaitway-policy",
            "format_version",
            "2",
            "environment.id",
            "fish",
            "environment.version",
            "3",
            "environment.model_digest",
            "abc",
            "states",
            "[\"x\",\"y\",\"\\\"z\\\"\",\"dx\",\"dy\"]",
            "actions",
            "[\"left\",\"right\"]"),
        model.getMetadataPropsList().stream()
            .collect(
                Collectors.toMap(
                    StringStringEntryProto::getKey, StringStringEntryProto::getValue)));
    GraphProto graph = model.getGraph();
    assertEquals(
        List.of("state double[batch, 5]"), graph.getInputList().stream().map(this::type).toList());
    assertEquals(
        List.of("mean double[batch, 2]", "std double[2]"),
        graph.getOutputList().stream().map(this::type).toList());
  }

  private String type(ValueInfoProto value) {
    assertEquals(TensorProto.DataType.DOUBLE_VALUE, value.getType().getTensorType().getElemType());
    return value.getName()
        + " double"
        + value.getType().getTensorType().getShape().getDimList().stream()
            .map(
                dim ->
                    dim.getValueCase() == TensorShapeProto.Dimension.ValueCase.DIM_PARAM
                        ? dim.getDimParam()
                        : String.valueOf(dim.getDimValue()))
            .toList();
  }

  @Test
  void computesThePolicy() {
    for (int h : new int[] {1, 10}) {
      for (double scale : new double[] {0.1, 1, 30, 1000}) {
        PolicyFile file = policy(h, scale);
        GaussianMlp policy = (GaussianMlp) file.policy();
        GraphProto graph = export(file).getGraph();
        Random random = new Random(7);
        for (int n = 0; n < 200; n++) {
          double[] x = gaussian(random, NX, 3);
          double[] mu = new double[M];
          policy.mean(x, 0, mu, 0);
          Map<String, double[]> values = run(graph, x);
          for (int i = 0; i < M; i++) {
            assertEquals(
                mu[i],
                values("mean", values)[i],
                1e-13 * magnitude(policy, x, i),
                "scale " + scale);
          }
          assertArrayEquals(policy.std, values("std", values));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void computesEveryActivationWithScalingAndSquashing(Controller.Activation activation) {
    Random random = new Random(3);
    Network network =
        new Network(
            NX,
            new Controller.Mlp(
                List.of(3, 0, 4),
                new Controller.Scaling(gaussian(random, 3, 1), new double[] {0.5, 2, 0.25}, 1.5),
                List.of(
                    new Controller.Layer(
                        gaussian(random, 12, 2), gaussian(random, 4, 1), activation),
                    new Controller.Layer(
                        gaussian(random, 4 * M, 1), gaussian(random, M, 1), activation)),
                new Controller.Squashing(new double[] {1, -2}, new double[] {3, 0.5}),
                new double[0]));
    GraphProto graph = export(file(network, "by hand")).getGraph();
    for (int n = 0; n < 200; n++) {
      double[] x = gaussian(random, NX, 1);
      double[] mu = new double[M];
      network.mean(x, 0, mu, 0);
      Map<String, double[]> values = run(graph, x);
      assertArrayEquals(mu, values("mean", values), 1e-14);
      assertArrayEquals(new double[M], values("std", values));
    }
  }

  @Test
  void carriesTheComment() {
    ModelProto model = export(file(policy(4, 1).policy(), "by hand"));
    assertTrue(
        model.getMetadataPropsList().stream()
            .anyMatch(one -> one.getKey().equals("comment") && one.getValue().equals("by hand")));
  }

  /** A unit far below zero still tells how far: its digits do not drown in the 1 of log(1 + e). */
  @Test
  void smallActivationsKeepTheirDigits() {
    for (double z : new double[] {-1, -20, -36, -40, -300, -700}) {
      GaussianMlp unit =
          new GaussianMlp(
              1,
              List.of(0),
              new double[] {1},
              new double[] {0},
              new double[] {1},
              new double[] {0},
              new double[] {1});
      PolicyFile file = new PolicyFile(unit, "line", "1", "", List.of("x"), List.of("u"), null);
      double expected = StrictMath.log1p(StrictMath.exp(z));
      double actual = values("mean", run(export(file).getGraph(), new double[] {z}))[0];
      assertEquals(expected, actual, 1e-15 * expected, "z = " + z);
    }
  }

  /** Sum of the absolute values that output i of the policy is the sum of. */
  private static double magnitude(GaussianMlp policy, double[] x, int i) {
    double sum = Math.abs(policy.b2[i]);
    for (int j = 0; j < policy.h; j++) {
      double z = Math.abs(policy.b1[j]);
      for (int c = 0; c < policy.d; c++) {
        z += Math.abs(policy.W1[j * policy.d + c] * x[policy.inputs[c]]);
      }
      sum += Math.abs(policy.W2[i * policy.h + j]) * (1 + z);
    }
    return sum;
  }

  private static double[] values(String name, Map<String, double[]> values) {
    double[] value = values.get(name);
    if (value == null) {
      throw new AssertionError(name + " is not computed before it is used: " + values.keySet());
    }
    return value;
  }

  /** All values of a graph for one state, as flat arrays. */
  private static Map<String, double[]> run(GraphProto graph, double[] x) {
    Map<String, double[]> values = new HashMap<>();
    values.put("state", x);
    for (TensorProto tensor : graph.getInitializerList()) {
      values.put(tensor.getName(), tensor(tensor));
    }
    for (NodeProto node : graph.getNodeList()) {
      List<double[]> in = node.getInputList().stream().map(name -> values(name, values)).toList();
      assertEquals(1, node.getOutputCount());
      assertTrue(values.put(node.getOutput(0), apply(node, in)) == null, node.getOutput(0));
    }
    return values;
  }

  private static double[] tensor(TensorProto tensor) {
    double[] values =
        tensor.getDataType() == TensorProto.DataType.INT64_VALUE
            ? tensor.getInt64DataList().stream().mapToDouble(Long::doubleValue).toArray()
            : tensor.getDoubleDataList().stream().mapToDouble(Double::doubleValue).toArray();
    long size = tensor.getDimsList().stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    assertEquals(size, values.length, tensor.getName());
    return values;
  }

  private static double[] apply(NodeProto node, List<double[]> in) {
    return switch (node.getOpType()) {
      case "Constant" -> tensor(attribute(node, "value").getT());
      case "Gather" -> {
        assertEquals(1, attribute(node, "axis").getI());
        yield Arrays.stream(in.get(1)).map(index -> in.get(0)[(int) index]).toArray();
      }
      case "Gemm" -> {
        assertEquals(1, attribute(node, "transB").getI());
        yield affine(in.get(1), in.get(0), in.get(2));
      }
      case "Abs" -> map(in, Math::abs);
      case "Neg" -> map(in, z -> -z);
      case "Exp" -> map(in, StrictMath::exp);
      case "Log" -> map(in, StrictMath::log);
      case "Relu" -> map(in, z -> Math.max(0, z));
      case "Tanh" -> map(in, StrictMath::tanh);
      case "Identity" -> in.get(0);
      case "Min" -> zip(in, Math::min);
      case "Max" -> zip(in, Math::max);
      case "Mul" -> zip(in, (a, b) -> a * b);
      case "Add" -> zip(in, Double::sum);
      case "Sub" -> zip(in, (a, b) -> a - b);
      case "Div" -> zip(in, (a, b) -> a / b);
      default -> throw new AssertionError("operator " + node.getOpType());
    };
  }

  private static AttributeProto attribute(NodeProto node, String name) {
    assertEquals(1, node.getAttributeCount());
    AttributeProto attribute = node.getAttribute(0);
    assertEquals(name, attribute.getName());
    assertEquals(
        attribute.hasT() ? AttributeProto.AttributeType.TENSOR : AttributeProto.AttributeType.INT,
        attribute.getType());
    return attribute;
  }

  /** W x + b. */
  private static double[] affine(double[] W, double[] x, double[] b) {
    double[] y = b.clone();
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < x.length; j++) {
        y[i] += W[i * x.length + j] * x[j];
      }
    }
    return y;
  }

  private static double[] map(List<double[]> in, DoubleUnaryOperator operator) {
    return Arrays.stream(in.get(0)).map(operator).toArray();
  }

  /** Entry by entry; a single number goes with every entry. */
  private static double[] zip(List<double[]> in, DoubleBinaryOperator operator) {
    double[] a = in.get(0);
    double[] b = in.get(1);
    return IntStream.range(0, Math.max(a.length, b.length))
        .mapToDouble(
            i -> operator.applyAsDouble(a[a.length == 1 ? 0 : i], b[b.length == 1 ? 0 : i]))
        .toArray();
  }
}
