package io.gaitway.optim.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A policy with the environment that it was made for, as stored in {@code policy.json}; the format
 * is described in {@code docs/policy-format.md}.
 *
 * @param policy the policy
 * @param environment catalog name of its environment
 * @param environmentVersion version of its environment
 * @param modelDigest digest of every number that the environment's dynamics depend on
 * @param stateNames names of all state entries, in order
 * @param actionNames names of all action entries, in order
 */
public record PolicyFile(
    GaussianMlp policy,
    String environment,
    String environmentVersion,
    String modelDigest,
    List<String> stateNames,
    List<String> actionNames) {

  /** Value of {@code format} in every file. */
  public static final String FORMAT = "gaitway-policy";

  /** The version of the format that this class writes and the only one it reads. */
  public static final int FORMAT_VERSION = 1;

  private static final String SOFTPLUS = "softplus";
  private static final String LINEAR = "linear";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** Copies the lists and checks that they fit the policy. */
  public PolicyFile {
    stateNames = List.copyOf(stateNames);
    actionNames = List.copyOf(actionNames);
    if (stateNames.size() != policy.nx || actionNames.size() != policy.m) {
      throw new IllegalArgumentException(
          "the policy has %d states and %d actions, but %d and %d names are given"
              .formatted(policy.nx, policy.m, stateNames.size(), actionNames.size()));
    }
  }

  /** A policy for an environment. */
  public static PolicyFile of(GaussianMlp policy, EnvironmentInfo environment) {
    return new PolicyFile(
        policy,
        environment.id(),
        environment.version(),
        environment.modelDigest(),
        stateNames(environment),
        actionNames(environment));
  }

  /**
   * Checks that the policy can act in an environment: the same states and actions by name.
   *
   * @throws IllegalArgumentException naming what differs
   */
  public void requireFits(EnvironmentInfo info) {
    if (!environment.equals(info.id())
        || !stateNames.equals(stateNames(info))
        || !actionNames.equals(actionNames(info))) {
      throw new IllegalArgumentException(
          "the policy is for %s with states %s and actions %s, but the environment is %s with %s and %s"
              .formatted(
                  environment,
                  stateNames,
                  actionNames,
                  info.id(),
                  stateNames(info),
                  actionNames(info)));
    }
  }

  private static List<String> stateNames(EnvironmentInfo info) {
    return info.state().stream().map(EnvironmentInfo.StateEntry::name).toList();
  }

  private static List<String> actionNames(EnvironmentInfo info) {
    return info.action().stream().map(EnvironmentInfo.ActionEntry::name).toList();
  }

  /** Whether the environment's dynamics are, to the last number, those the policy was made for. */
  public boolean sameDynamics(EnvironmentInfo info) {
    return modelDigest.equals(info.modelDigest());
  }

  /** The file's text: doubles in the fewest digits that read back to the same bits. */
  public String toJson() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("format_version", FORMAT_VERSION);
    ObjectNode env = root.putObject("environment");
    env.put("id", environment);
    env.put("version", environmentVersion);
    env.put("model_digest", modelDigest);
    strings(root.putArray("states"), stateNames);
    strings(root.putArray("actions"), actionNames);
    ArrayNode inputs = root.putArray("inputs");
    for (int input : policy.inputs) {
      inputs.addObject().put("index", input).put("name", stateNames.get(input));
    }
    ArrayNode layers = root.putArray("layers");
    layer(layers.addObject(), policy.W1, policy.b1, SOFTPLUS);
    layer(layers.addObject(), policy.W2, policy.b2, LINEAR);
    numbers(root.putArray("std"), policy.std, 0, policy.m);
    try {
      return MAPPER.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of finite numbers could not be written", e);
    }
  }

  private static void strings(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }

  private static void layer(ObjectNode layer, double[] W, double[] b, String activation) {
    int columns = W.length / b.length;
    ArrayNode rows = layer.putArray("W");
    for (int i = 0; i < b.length; i++) {
      numbers(rows.addArray(), W, i * columns, columns);
    }
    numbers(layer.putArray("b"), b, 0, b.length);
    layer.put("activation", activation);
  }

  private static void numbers(ArrayNode array, double[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      array.add(values[i]);
    }
  }

  /** Writes the file, replacing an existing one only once it is complete. */
  public void write(Path path) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
    Files.writeString(temporary, toJson());
    Files.move(
        temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, or is not a policy of this format; the message names
   *     the file and the field
   */
  public static PolicyFile read(Path path) throws IOException {
    try {
      return parse(Files.readString(path));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IOException(path + " is not a policy file: " + e.getMessage(), e);
    }
  }

  /**
   * Parses a file's text.
   *
   * @throws JsonProcessingException if it is not JSON
   * @throws IllegalArgumentException if a field is missing, of the wrong kind or inconsistent
   */
  public static PolicyFile parse(String json) throws JsonProcessingException {
    return new PolicyReader(MAPPER.readTree(json)).read();
  }

  /** Turns a tree into a policy, naming the field where it cannot. */
  private static final class PolicyReader {
    private final JsonNode root;

    PolicyReader(JsonNode root) {
      this.root = root;
    }

    PolicyFile read() {
      String format = text(root, "format");
      int version = (int) number(field(root, "format_version"), "format_version");
      if (!format.equals(FORMAT) || version != FORMAT_VERSION) {
        throw new IllegalArgumentException(
            "format and format_version must be %s and %d, but are %s and %d"
                .formatted(FORMAT, FORMAT_VERSION, format, version));
      }
      List<String> states = texts("states");
      JsonNode env = field(root, "environment");
      return new PolicyFile(
          policy(states),
          text(env, "id"),
          text(env, "version"),
          text(env, "model_digest"),
          states,
          texts("actions"));
    }

    private GaussianMlp policy(List<String> states) {
      JsonNode layers = field(root, "layers");
      if (layers.size() != 2) {
        throw new IllegalArgumentException(
            "layers must hold one hidden and one output layer, but holds " + layers.size());
      }
      List<Integer> inputs = inputs(states);
      double[] b1 = numbers(field(layers.get(0), "b"), "layers[0].b");
      double[] b2 = numbers(field(layers.get(1), "b"), "layers[1].b");
      activation(layers.get(0), "layers[0]", SOFTPLUS);
      activation(layers.get(1), "layers[1]", LINEAR);
      return new GaussianMlp(
          states.size(),
          inputs,
          rows(layers.get(0), "layers[0].W", b1.length, inputs.size()),
          b1,
          rows(layers.get(1), "layers[1].W", b2.length, b1.length),
          b2,
          numbers(field(root, "std"), "std"));
    }

    private List<Integer> inputs(List<String> states) {
      List<Integer> indices = new ArrayList<>();
      for (JsonNode input : field(root, "inputs")) {
        int index = (int) number(field(input, "index"), "inputs.index");
        String name = text(input, "name");
        if (index < 0 || index >= states.size() || !states.get(index).equals(name)) {
          throw new IllegalArgumentException(
              "inputs: %s is not entry %d of states %s".formatted(name, index, states));
        }
        indices.add(index);
      }
      return indices;
    }

    private static void activation(JsonNode layer, String name, String required) {
      String activation = text(layer, "activation");
      if (!activation.equals(required)) {
        throw new IllegalArgumentException(
            "%s.activation must be %s, but is %s".formatted(name, required, activation));
      }
    }

    private static double[] rows(JsonNode layer, String name, int rows, int columns) {
      JsonNode W = field(layer, "W");
      if (W.size() != rows) {
        throw new IllegalArgumentException(
            "%s must have %d rows, but has %d".formatted(name, rows, W.size()));
      }
      double[] values = new double[rows * columns];
      for (int i = 0; i < rows; i++) {
        String row = name + "[" + i + "]";
        double[] entries = numbers(W.get(i), row);
        if (entries.length != columns) {
          throw new IllegalArgumentException(
              "%s must have %d entries, but has %d".formatted(row, columns, entries.length));
        }
        System.arraycopy(entries, 0, values, i * columns, columns);
      }
      return values;
    }

    private static double[] numbers(JsonNode array, String name) {
      if (!array.isArray()) {
        throw new IllegalArgumentException(name + " must be a list of numbers, but is " + array);
      }
      double[] values = new double[array.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = number(array.get(i), name + "[" + i + "]");
      }
      return values;
    }

    private List<String> texts(String name) {
      List<String> values = new ArrayList<>();
      for (JsonNode entry : field(root, name)) {
        if (!entry.isTextual()) {
          throw new IllegalArgumentException(name + " must be a list of names, but holds " + entry);
        }
        values.add(entry.textValue());
      }
      return values;
    }

    private static double number(JsonNode node, String name) {
      if (!node.isNumber()) {
        throw new IllegalArgumentException(name + " must be a number, but is " + node);
      }
      return node.doubleValue();
    }

    private static String text(JsonNode parent, String name) {
      JsonNode node = field(parent, name);
      if (!node.isTextual()) {
        throw new IllegalArgumentException(name + " must be a text, but is " + node);
      }
      return node.textValue();
    }

    private static JsonNode field(JsonNode parent, String name) {
      JsonNode node = parent.get(name);
      if (node == null) {
        throw new IllegalArgumentException("field " + name + " is missing");
      }
      return node;
    }
  }
}
