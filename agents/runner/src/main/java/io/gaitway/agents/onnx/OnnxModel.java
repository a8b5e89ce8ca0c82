package io.gaitway.agents.onnx;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.gaitway.agents.onnx.format.AttributeProto;
import io.gaitway.agents.onnx.format.AttributeProto.AttributeType;
import io.gaitway.agents.onnx.format.GraphProto;
import io.gaitway.agents.onnx.format.ModelProto;
import io.gaitway.agents.onnx.format.NodeProto;
import io.gaitway.agents.onnx.format.OperatorSetIdProto;
import io.gaitway.agents.onnx.format.StringStringEntryProto;
import io.gaitway.agents.onnx.format.TensorProto;
import io.gaitway.agents.onnx.format.TensorProto.DataType;
import io.gaitway.agents.onnx.format.TensorShapeProto;
import io.gaitway.agents.onnx.format.TypeProto;
import io.gaitway.agents.onnx.format.ValueInfoProto;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.PolicyFile;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A policy as an ONNX model in float64: from {@code state}, shape (batch, nx), to {@code mean},
 * shape (batch, nu), and {@code std}, shape (nu), zeros where the policy has no noise.
 *
 * <p>ONNX has a Softplus, an Elu and a Sigmoid, but ONNX Runtime has the first two in float32 only,
 * and the last loses the digits of small values. So they are composed of operators that have
 * float64 kernels for the CPU in ONNX Runtime, such that small values keep their digits: with e =
 * exp(−|z|),
 *
 * <ul>
 *   <li>the softplus is max(z, 0) + log1p(e), and log1p(e) is log(w) + (e − (w − 1))/w with w = 1 +
 *       e in floating point: the second term is what rounding took from w;
 *   <li>the sigmoid is exp(min(z, 0))/(1 + e);
 *   <li>the ELU is max(z, 0) + 2t/(1 − t) with t = tanh(min(z, 0)/2).
 * </ul>
 */
public final class OnnxModel {
  /** The operators' version; ONNX Runtime knows it from 1.7 of 2021 on. */
  public static final int OPSET = 13;

  /** The file layout's version that belongs to {@link #OPSET}. */
  private static final int IR_VERSION = 7;

  private static final String BATCH = "batch";

  private final PolicyFile file;
  private final Controller.Mlp network;
  private final int nu;
  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> constants = new HashSet<>();

  private OnnxModel(PolicyFile file) {
    this.file = file;
    network = file.policy().controller();
    if (!network.parameters().isEmpty()) {
      throw new IllegalArgumentException(
          "the policy reads the parameters %s; give it their values with at(...) first"
              .formatted(String.join(", ", network.parameters())));
    }
    nu = file.policy().nu();
  }

  /**
   * The content of an ONNX file; the same bytes for the same policy and program.
   *
   * @param policy the policy, one of the state alone; its noise is handed out as {@code std} and
   *     not applied
   * @param programVersion version of the program, to be named as the producer
   */
  public static byte[] encode(PolicyFile policy, String programVersion) {
    return new OnnxModel(policy).model(programVersion).toByteArray();
  }

  private ModelProto model(String programVersion) {
    nodes();
    graph
        .setName("policy")
        .addInput(value("state", "the environment's whole state", BATCH, file.policy().nx()))
        .addOutput(value("mean", "mean action", BATCH, nu))
        .addOutput(value("std", "standard deviation of each action's noise", nu));
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setProducerName("gaitway")
            .setProducerVersion(programVersion)
            .setDocString("A policy for the environment " + file.environment() + " of Gaitway.")
            .setGraph(graph)
            .addMetadataProps(property("format", PolicyFile.FORMAT))
            .addMetadataProps(property("format_version", String.valueOf(file.formatVersion())))
            .addMetadataProps(property("environment.id", file.environment()))
            .addMetadataProps(property("environment.version", file.environmentVersion()))
            .addMetadataProps(property("environment.model_digest", file.modelDigest()))
            .addMetadataProps(property("states", json(file.stateNames())))
            .addMetadataProps(property("actions", json(file.actionNames())));
    @Nullable String comment = file.comment();
    if (comment != null) {
      model.addMetadataProps(property("comment", comment));
    }
    return model.build();
  }

  private void nodes() {
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("inputs")
            .setDataType(DataType.INT64_VALUE)
            .addDims(network.inputs().size())
            .addAllInt64Data(network.inputs().stream().map(Integer::longValue).toList()));
    add("Gather", "seen", "state", "inputs").addAttribute(integer("axis", 1));
    String z = scaled("seen");
    for (int i = 0; i < network.layers().size(); i++) {
      z = layer("layer" + i, network.layers().get(i), z);
    }
    add("Identity", "mean", squashed(z));
    add("Constant", "std")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeType.TENSOR)
                .setT(doubles("std", Arrays.copyOf(network.std(), nu), nu)));
  }

  private String scaled(String x) {
    Controller.@Nullable Scaling scaling = network.scaling();
    if (scaling == null) {
      return x;
    }
    graph.addInitializer(doubles("offset", scaling.offset(), scaling.offset().length));
    graph.addInitializer(doubles("scale", scaling.scale(), scaling.scale().length));
    add("Sub", "shifted", x, "offset");
    add("Div", "scaled", "shifted", "scale");
    if (scaling.limit() == Double.POSITIVE_INFINITY) {
      return "scaled";
    }
    add("Min", "at_most", "scaled", constant("upper", scaling.limit()));
    return named("Max", "limited", "at_most", constant("lower", -scaling.limit()));
  }

  private String layer(String name, Controller.Layer layer, String in) {
    int units = layer.b().length;
    graph.addInitializer(doubles(name + "_W", layer.W(), units, layer.W().length / units));
    graph.addInitializer(doubles(name + "_b", layer.b(), units));
    String z = name + "_z";
    add("Gemm", z, in, name + "_W", name + "_b").addAttribute(integer("transB", 1));
    return switch (layer.activation()) {
      case LINEAR -> z;
      case SOFTPLUS -> softplus(z);
      case TANH -> named("Tanh", z + "_tanh", z);
      case RELU -> named("Relu", z + "_positive", z);
      case ELU -> elu(z);
      case SIGMOID -> sigmoid(z);
      case SILU -> named("Mul", z + "_silu", z, sigmoid(z));
    };
  }

  private String softplus(String z) {
    add("Relu", z + "_positive", z);
    small(z);
    add("Add", z + "_w", constant("one", 1), z + "_e");
    add("Log", z + "_log_w", z + "_w");
    add("Sub", z + "_e_in_w", z + "_w", constant("one", 1));
    add("Sub", z + "_e_lost", z + "_e", z + "_e_in_w");
    add("Div", z + "_correction", z + "_e_lost", z + "_w");
    add("Add", z + "_log1p_e", z + "_log_w", z + "_correction");
    return named("Add", z + "_softplus", z + "_positive", z + "_log1p_e");
  }

  /** Adds e = exp(−|z|). */
  private void small(String z) {
    add("Abs", z + "_size", z);
    add("Neg", z + "_minus_size", z + "_size");
    add("Exp", z + "_e", z + "_minus_size");
  }

  private String elu(String z) {
    add("Relu", z + "_positive", z);
    add("Min", z + "_negative", z, constant("zero", 0));
    add("Div", z + "_half", z + "_negative", constant("two", 2));
    add("Tanh", z + "_t", z + "_half");
    add("Sub", z + "_below", constant("one", 1), z + "_t");
    add("Div", z + "_ratio", z + "_t", z + "_below");
    add("Mul", z + "_expm1", constant("two", 2), z + "_ratio");
    return named("Add", z + "_elu", z + "_positive", z + "_expm1");
  }

  private String sigmoid(String z) {
    small(z);
    add("Add", z + "_w", constant("one", 1), z + "_e");
    add("Min", z + "_negative", z, constant("zero", 0));
    add("Exp", z + "_above", z + "_negative");
    return named("Div", z + "_sigmoid", z + "_above", z + "_w");
  }

  private String squashed(String z) {
    Controller.@Nullable Squashing squashing = network.squashing();
    if (squashing == null) {
      return z;
    }
    graph.addInitializer(doubles("centre", squashing.centre(), nu));
    graph.addInitializer(doubles("half_range", squashing.halfRange(), nu));
    add("Tanh", "share", z);
    add("Mul", "off_centre", "half_range", "share");
    return named("Add", "squashed", "centre", "off_centre");
  }

  /** The name of a number, which becomes part of the model where it is used first. */
  private String constant(String name, double value) {
    if (constants.add(name)) {
      graph.addInitializer(doubles(name, new double[] {value}));
    }
    return name;
  }

  /** Adds an operator and returns the name of its output. */
  private String named(String operator, String output, String... inputs) {
    add(operator, output, inputs);
    return output;
  }

  private NodeProto.Builder add(String operator, String output, String... inputs) {
    return graph
        .addNodeBuilder()
        .setOpType(operator)
        .addOutput(output)
        .addAllInput(List.of(inputs));
  }

  private static AttributeProto.Builder integer(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value);
  }

  private static TensorProto doubles(String name, double[] values, int... shape) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.DOUBLE_VALUE)
        .addAllDims(IntStream.of(shape).asLongStream().boxed().toList())
        .addAllDoubleData(Arrays.stream(values).boxed().toList())
        .build();
  }

  /**
   * A float64 tensor that goes in or out.
   *
   * @param shape sizes, or names of those that are free
   */
  private static ValueInfoProto value(String name, String meaning, Object... shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    for (Object size : shape) {
      TensorShapeProto.Dimension.Builder dim = dims.addDimBuilder();
      if (size instanceof Integer number) {
        dim.setDimValue(number);
      } else {
        dim.setDimParam(size.toString());
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setDocString(meaning)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(DataType.DOUBLE_VALUE)
                        .setShape(dims)))
        .build();
  }

  private static StringStringEntryProto property(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static String json(List<String> names) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    names.forEach(array::add);
    return array.toString();
  }
}
