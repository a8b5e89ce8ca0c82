package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.onnx.OnnxModel;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Converts a policy to a format that other programs read; docs/policies.md describes the model.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway export runs/swimmer-vgps-h10-s0 --onnx swimmer.onnx",
      "  gaitway export policy.json --onnx policy.onnx",
      "  gaitway export policy.json --param target_speed=1.2 --onnx policy.onnx"
    })
final class ExportCommand implements Callable<Integer> {
  @Parameters(paramLabel = "POLICY", description = "Policy file, or directory of a run.")
  private Path source = Path.of("");

  @Option(
      names = "--onnx",
      required = true,
      paramLabel = "FILE",
      description = "File to write the ONNX model to; an existing one is replaced.")
  private Path onnx = Path.of("");

  @Option(
      names = "--param",
      paramLabel = "NAME=VALUE",
      description =
          "Value of a parameter of the environment that the policy reads; the model holds it for"
              + " good. One for each of them.")
  private Map<String, Double> parameters = Map.of();

  @Mixin private ResultFormat result = new ResultFormat();

  ExportCommand() {}

  @Override
  public Integer call() throws IOException {
    PolicyFile policy = atParameters(PolicyFile.read(policyFile()));
    byte[] content = OnnxModel.encode(policy, GaitwayVersion.program());
    DurableFiles.writeWithFolder(onnx, content);
    result.print(
        () -> line(policy),
        output ->
            output.printf(
                Locale.ROOT,
                "%s: %d states, %s hidden units, %d actions%nONNX model: %s%n",
                policy.environment(),
                policy.policy().nx(),
                hidden(policy.policy()),
                policy.policy().nu(),
                onnx));
    return 0;
  }

  /** The policy at the values that are given, which have to be those of the parameters it reads. */
  private PolicyFile atParameters(PolicyFile file) {
    List<String> read = file.policy().controller().parameters();
    for (String name : parameters.keySet()) {
      if (!read.contains(name)) {
        throw new SettingException(
            "--param has '%s', but the policy reads %s"
                .formatted(
                    name, read.isEmpty() ? "no parameters" : String.join(", ", read) + " alone"));
      }
    }
    for (String name : read) {
      if (!parameters.containsKey(name)) {
        throw new SettingException(
            "the policy reads the parameter %s; give its value with --param %s=VALUE"
                .formatted(name, name));
      }
    }
    try {
      return file.at(parameters);
    } catch (IllegalArgumentException e) {
      throw new SettingException("--param: " + e.getMessage());
    }
  }

  private Path policyFile() throws IOException {
    Path file = Files.isDirectory(source) ? new RunDirectory(source).policy() : source;
    if (!Files.exists(file)) {
      throw new IOException("there is no policy to export: " + file + " is missing");
    }
    return file;
  }

  private ObjectNode line(PolicyFile file) {
    Policy policy = file.policy();
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("environment", file.environment());
    line.put("states", policy.nx());
    if (policy.controller().layers().size() == 2) {
      line.put("hidden", policy.controller().layers().get(0).b().length);
    } else {
      line.put("hidden", hidden(policy));
    }
    line.put("actions", policy.nu());
    line.put("opset", OnnxModel.OPSET);
    line.put("file", onnx.toString());
    return line;
  }

  /** Units of the hidden layers: {@code 10}, {@code 64x64}, {@code no}. */
  private static String hidden(Policy policy) {
    List<Controller.Layer> layers = policy.controller().layers();
    return layers.size() == 1
        ? "no"
        : layers.subList(0, layers.size() - 1).stream()
            .map(layer -> Integer.toString(layer.b().length))
            .collect(Collectors.joining("x"));
  }
}
