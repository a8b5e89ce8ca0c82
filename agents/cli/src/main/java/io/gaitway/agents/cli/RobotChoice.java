package io.gaitway.agents.cli;

import io.gaitway.client.AddedEnvironment;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.RobotFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that make an environment of files, in place of the name of one. */
final class RobotChoice {
  @Option(
      names = "--task",
      paramLabel = "FILE",
      description =
          "Instead of ENVIRONMENT: a task of your own, a YAML file that names its robot's; see"
              + " docs/robots.md.")
  private @Nullable Path task;

  @Option(
      names = "--robot",
      paramLabel = "FILE",
      description = "With --task: the robot, in MuJoCo's XML; default the one that the task names.")
  private @Nullable Path robot;

  RobotChoice() {}

  /** Refuses files beside the name of an environment. */
  void check(CommandSpec spec, @Nullable String environment) {
    if (environment != null && (task != null || robot != null)) {
      throw Gaitway.usage(
          spec, "ENVIRONMENT is " + environment + ", but --task and --robot name files of another");
    }
  }

  /**
   * The files that were given; null if none were.
   *
   * @throws IOException if one cannot be read
   */
  @Nullable RobotFiles files(CommandSpec spec) throws IOException {
    if (task == null) {
      if (robot != null) {
        throw Gaitway.usage(spec, "--robot needs a --task: what is the robot asked to do?");
      }
      return null;
    }
    return robot == null ? RobotFiles.read(task) : RobotFiles.read(robot, task);
  }

  /**
   * The id of an environment, which is made of files if there are any.
   *
   * @param name of the environment where there are none
   * @param messages where what of the robot is left out is said
   */
  static String id(
      GaitwayClient client, String name, @Nullable RobotFiles files, PrintWriter messages) {
    if (files == null) {
      return name;
    }
    AddedEnvironment added = client.addEnvironment(files);
    added.warnings().forEach(warning -> messages.println("gaitway: " + warning));
    messages.flush();
    return added.environment().id();
  }
}
