package io.gaitway.optim.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
 * @param comment words for people; null for none
 */
public record PolicyFile(
    Policy policy,
    String environment,
    String environmentVersion,
    String modelDigest,
    List<String> stateNames,
    List<String> actionNames,
    @Nullable String comment) {

  /** Value of {@code format} in every file. */
  public static final String FORMAT = "gaitway-policy";

  /** The version of the format in which a policy that reads the state alone is written. */
  private static final int FORMAT_VERSION = 2;

  /** The version in which one that reads parameters is written: 2 with {@code parameters}. */
  private static final int FORMAT_VERSION_WITH_PARAMETERS = 3;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .build();

  /** Copies the lists and checks that they fit the policy. */
  public PolicyFile {
    stateNames = List.copyOf(stateNames);
    actionNames = List.copyOf(actionNames);
    if (stateNames.size() != policy.nx() || actionNames.size() != policy.nu()) {
      throw new IllegalArgumentException(
          "the policy has %d states and %d actions, but %d and %d names are given"
              .formatted(policy.nx(), policy.nu(), stateNames.size(), actionNames.size()));
    }
  }

  /** A policy for an environment. */
  public static PolicyFile of(Policy policy, EnvironmentInfo environment) {
    return new PolicyFile(
        policy,
        environment.id(),
        environment.version(),
        environment.modelDigest(),
        stateNames(environment),
        actionNames(environment),
        null);
  }

  /**
   * Checks that the policy can act in an environment: the same states and actions by name, and the
   * parameters that it reads.
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
    for (String parameter : policy.controller().parameters()) {
      if (!info.parameterValues().containsKey(parameter)) {
        throw new IllegalArgumentException(
            "the policy reads the parameter %s, which %s does not have; it has %s"
                .formatted(
                    parameter, info.id(), String.join(", ", info.parameterValues().keySet())));
      }
    }
  }

  private static List<String> stateNames(EnvironmentInfo info) {
    return info.state().stream().map(EnvironmentInfo.StateEntry::name).toList();
  }

  private static List<String> actionNames(EnvironmentInfo info) {
    return info.action().stream().map(EnvironmentInfo.ActionEntry::name).toList();
  }

  /** The version of the format that the file is written in; those before are read as well. */
  public int formatVersion() {
    return policy.controller().parameters().isEmpty()
        ? FORMAT_VERSION
        : FORMAT_VERSION_WITH_PARAMETERS;
  }

  /**
   * The same file of the policy {@link Policy#at} values of the parameters that it reads.
   *
   * @throws IllegalArgumentException if one of them is missing or not finite
   */
  public PolicyFile at(Map<String, Double> values) {
    return new PolicyFile(
        policy.at(values),
        environment,
        environmentVersion,
        modelDigest,
        stateNames,
        actionNames,
        comment);
  }

  /** Whether the environment's dynamics are, to the last number, those the policy was made for. */
  public boolean sameDynamics(EnvironmentInfo info) {
    return modelDigest.equals(info.modelDigest());
  }

  /** The file's text: doubles in the fewest digits that read back to the same bits. */
  public String toJson() {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("format", FORMAT);
    root.put("format_version", formatVersion());
    ObjectNode env = root.putObject("environment");
    env.put("id", environment);
    env.put("version", environmentVersion);
    env.put("model_digest", modelDigest);
    if (comment != null) {
      root.put("comment", comment);
    }
    strings(root.putArray("states"), stateNames);
    strings(root.putArray("actions"), actionNames);
    Controller.Mlp network = policy.controller();
    if (!network.parameters().isEmpty()) {
      strings(root.putArray("parameters"), network.parameters());
    }
    ArrayNode inputs = root.putArray("inputs");
    for (int input : network.inputs()) {
      inputs.addObject().put("index", input).put("name", stateNames.get(input));
    }
    Controller.@Nullable Scaling scaling = network.scaling();
    if (scaling != null) {
      ObjectNode node = root.putObject("scaling");
      numbers(node.putArray("offset"), scaling.offset());
      numbers(node.putArray("scale"), scaling.scale());
      if (scaling.limit() != Double.POSITIVE_INFINITY) {
        node.put("limit", scaling.limit());
      }
    }
    ArrayNode layers = root.putArray("layers");
    network.layers().forEach(layer -> layer(layers.addObject(), layer));
    Controller.@Nullable Squashing squashing = network.squashing();
    if (squashing != null) {
      ObjectNode node = root.putObject("squashing");
      numbers(node.putArray("centre"), squashing.centre());
      numbers(node.putArray("half_range"), squashing.halfRange());
    }
    if (network.std().length > 0) {
      numbers(root.putArray("std"), network.std());
    }
    try {
      return MAPPER.writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of finite numbers could not be written", e);
    }
  }

  private static void strings(ArrayNode array, List<String> values) {
    values.forEach(array::add);
  }

  private static void layer(ObjectNode node, Controller.Layer layer) {
    int columns = layer.W().length / layer.b().length;
    ArrayNode rows = node.putArray("W");
    for (int i = 0; i < layer.b().length; i++) {
      numbers(rows.addArray(), Arrays.copyOfRange(layer.W(), i * columns, (i + 1) * columns));
    }
    numbers(node.putArray("b"), layer.b());
    node.put("activation", word(layer.activation()));
  }

  private static void numbers(ArrayNode array, double[] values) {
    for (double value : values) {
      array.add(value);
    }
  }

  /** An activation's word. */
  static String word(Controller.Activation activation) {
    return activation.name().toLowerCase(Locale.ROOT);
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
   * @throws IOException if it cannot be read, or is not a policy file; the message names the file
   *     and the field
   */
  public static PolicyFile read(Path path) throws IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(path)) {
      content = in.readNBytes(PolicyReader.MAX_BYTES + 1);
    }
    try {
      return PolicyReader.read(content);
    } catch (IllegalArgumentException e) {
      throw new IOException(path + " is not a policy file: " + e.getMessage(), e);
    }
  }

  /**
   * Parses a file's text.
   *
   * @throws IllegalArgumentException if it is not a policy file; the message names the field
   */
  public static PolicyFile parse(String json) {
    return PolicyReader.read(json.getBytes(StandardCharsets.UTF_8));
  }
}
