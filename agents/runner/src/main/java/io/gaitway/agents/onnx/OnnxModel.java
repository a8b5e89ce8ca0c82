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
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyFile;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A policy as an ONNX model in float64: from {@code state}, shape (batch, nx), to {@code mean},
 * shape (batch, m), and {@code std}, shape (m).
 *
 * <p>ONNX has a Softplus, but ONNX Runtime has it in float32 only. It is composed, with e =
 * exp(−|z|), as max(z, 0) + log1p(e), and log1p(e) as log(w) + (e − (w − 1))/w with w = 1 + e in
 * floating point: the second term is what rounding took from w, so that small e keep their digits.
 * All operators used have float64 kernels for the CPU in ONNX Runtime.
 */
public final class OnnxModel {
  /** The operators' version; ONNX Runtime knows it from 1.7 of 2021 on. */
  public static final int OPSET = 13;

  /** The file layout's version that belongs to {@link #OPSET}. */
  private static final int IR_VERSION = 7;

  private static final String BATCH = "batch";

  private final PolicyFile file;
  private final GaussianMlp policy;
  private final GraphProto.Builder graph = GraphProto.newBuilder();

  private OnnxModel(PolicyFile file) {
    this.file = file;
    policy = file.policy();
  }

  /**
   * The content of an ONNX file; the same bytes for the same policy and program.
   *
   * @param policy the policy; its noise is handed out as {@code std} and not applied
   * @param programVersion version of the program, to be named as the producer
   */
  public static byte[] encode(PolicyFile policy, String programVersion) {
    return new OnnxModel(policy).model(programVersion).toByteArray();
  }

  private ModelProto model(String programVersion) {
    weights();
    nodes();
    graph
        .setName("policy")
        .addInput(value("state", "the environment's whole state", BATCH, policy.nx))
        .addOutput(value("mean", "mean action", BATCH, policy.m))
        .addOutput(value("std", "standard deviation of each action's noise", policy.m));
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .setProducerName("gaitway")
        .setProducerVersion(programVersion)
        .setDocString("A policy for the environment " + file.environment() + " of Gaitway.")
        .setGraph(graph)
        .addMetadataProps(property("format", PolicyFile.FORMAT))
        .addMetadataProps(property("format_version", String.valueOf(PolicyFile.FORMAT_VERSION)))
        .addMetadataProps(property("environment.id", file.environment()))
        .addMetadataProps(property("environment.version", file.environmentVersion()))
        .addMetadataProps(property("environment.model_digest", file.modelDigest()))
        .addMetadataProps(property("states", json(file.stateNames())))
        .addMetadataProps(property("actions", json(file.actionNames())))
        .build();
  }

  private void weights() {
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("inputs")
            .setDataType(DataType.INT64_VALUE)
            .addDims(policy.d)
            .addAllInt64Data(Arrays.stream(policy.inputs).asLongStream().boxed().toList()));
    graph.addInitializer(doubles("W1", policy.W1, policy.h, policy.d));
    graph.addInitializer(doubles("b1", policy.b1, policy.h));
    graph.addInitializer(doubles("W2", policy.W2, policy.m, policy.h));
    graph.addInitializer(doubles("b2", policy.b2, policy.m));
    graph.addInitializer(doubles("one", new double[] {1}));
  }

  private void nodes() {
    add("Gather", "seen", "state", "inputs").addAttribute(integer("axis", 1));
    add("Gemm", "z", "seen", "W1", "b1").addAttribute(integer("transB", 1));
    add("Abs", "abs_z", "z");
    add("Neg", "minus_abs_z", "abs_z");
    add("Exp", "e", "minus_abs_z");
    add("Add", "w", "one", "e");
    add("Log", "log_w", "w");
    add("Sub", "e_in_w", "w", "one");
    add("Sub", "e_lost", "e", "e_in_w");
    add("Div", "correction", "e_lost", "w");
    add("Add", "log1p_e", "log_w", "correction");
    add("Relu", "positive_z", "z");
    add("Add", "softplus_z", "positive_z", "log1p_e");
    add("Gemm", "mean", "softplus_z", "W2", "b2").addAttribute(integer("transB", 1));
    add("Constant", "std")
        .addAttribute(
            AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeType.TENSOR)
                .setT(doubles("std", policy.std, policy.m)));
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
