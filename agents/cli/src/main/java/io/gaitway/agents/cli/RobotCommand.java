package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.DidYouMean;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.table.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code robot}. */
@Command(
    name = "robot",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description =
        "Shows what is read of a robot's file in MuJoCo's XML and what replaces what is not, or"
            + " the robot of an environment; writes either as MuJoCo's XML.",
    footer = {
      "",
      "Examples:",
      "  gaitway robot hopper.xml",
      "  gaitway robot walker --param mass_scale=1 --write walker.xml"
    })
final class RobotCommand implements Callable<Integer> {
  private static final String SUFFIX = ".xml";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "FILE|ENVIRONMENT",
      description = "File NAME.xml; or an environment, as 'gaitway environments' lists them.")
  private String robot = "";

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Option(
      names = "--write",
      paramLabel = "OUT.xml",
      description =
          "File to write the robot to, for MuJoCo; an existing one is replaced. Contacts and limits"
              + " are MuJoCo's own there.")
  private @Nullable Path write;

  @Option(names = "--json", description = "Print the result as one line of JSON.")
  private boolean json;

  @Option(
      names = "--states",
      paramLabel = "FILE",
      description =
          "With --json: states, one a line, of coordinates, rates and perhaps controls in the"
              + " printed order. For each a line follows with the places of the bodies, the energies"
              + " and the accelerations off the ground and without limits.")
  private @Nullable Path states;

  RobotCommand() {}

  @Override
  public Integer call() throws IOException {
    if (states != null && !json) {
      throw Gaitway.usage(spec, "--states needs --json");
    }
    EmbeddedServer.LocalRobot known = read();
    List<String> motion = states == null ? List.of() : motion(known, states);
    if (write != null) {
      DurableFiles.writeWithFolder(write, known.mjcf().getBytes(StandardCharsets.UTF_8));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(known.description());
      motion.forEach(out::println);
    } else {
      print(Json.MAPPER.readTree(known.description()), out);
      if (write != null) {
        out.println("\nMuJoCo's XML: " + write);
      }
    }
    out.flush();
    return 0;
  }

  private EmbeddedServer.LocalRobot read() {
    if (robot.endsWith(SUFFIX) || Files.isRegularFile(Path.of(robot))) {
      if (!parameters.values().isEmpty()) {
        throw Gaitway.usage(spec, "--param is for an ENVIRONMENT; a file has no parameters");
      }
      return EmbeddedServer.LocalRobot.ofFile(Path.of(robot));
    }
    List<String> environments = EmbeddedServer.environments();
    if (!environments.contains(robot)) {
      throw Gaitway.usage(
          spec,
          "there is no file and no environment '%s'%s; environments are %s"
              .formatted(
                  robot, DidYouMean.hint(robot, environments), String.join(", ", environments)));
    }
    try {
      return EmbeddedServer.LocalRobot.ofEnvironment(robot, parameters.values());
    } catch (IllegalArgumentException e) {
      throw Gaitway.usage(spec, Gaitway.sentence(e));
    }
  }

  private static List<String> motion(EmbeddedServer.LocalRobot known, Path file)
      throws IOException {
    List<double[]> states = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      String[] words = line.strip().split("\\s+");
      double[] state = new double[words.length];
      for (int i = 0; i < words.length; i++) {
        state[i] = number(file, states.size() + 1, words[i]);
      }
      states.add(state);
    }
    return known.motion(states);
  }

  private static double number(Path file, int line, String word) {
    try {
      return Double.parseDouble(word);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s:%d: '%s' is not a number".formatted(file, line, word), e);
    }
  }

  private static void print(JsonNode robot, PrintWriter out) {
    Table head = Table.headless(2);
    head.row("robot", robot.path("name").asText());
    head.row("plane", "x along %s, y along %s".formatted(robot.path("x"), robot.path("y")));
    head.row("gravity", robot.path("gravity") + " m/s^2 in the plane");
    head.row("ground", ground(robot.path("floor")));
    head.row("medium", medium(robot.path("medium")));
    head.row("time step", number(robot.path("timestep")) + " s");
    head.print(out, "");

    out.println("\nBodies");
    Table bodies = new Table("NAME", "PART OF", "MASS, kg", "INERTIA, kg m^2");
    for (JsonNode body : robot.path("bodies")) {
      bodies.row(
          body.path("name").asText(),
          body.path("link").asText(),
          number(body.path("mass")),
          number(body.path("inertia")));
    }
    bodies.print(out, "  ");

    out.println("\nCoordinates");
    Table coordinates =
        new Table("NAME", "UNIT", "RANGE", "ARMATURE", "DAMPING", "STIFFNESS", "REST");
    for (JsonNode coordinate : robot.path("coordinates")) {
      coordinates.row(
          coordinate.path("name").asText(),
          coordinate.path("unit").asText(),
          range(coordinate),
          number(coordinate.path("armature")),
          number(coordinate.path("damping")),
          number(coordinate.path("stiffness")),
          number(coordinate.path("rest")));
    }
    coordinates.print(out, "  ");

    out.println("\nMotors");
    Table motors = new Table("NAME", "COORDINATE", "GEAR", "CONTROL");
    for (JsonNode motor : robot.path("motors")) {
      motors.row(
          motor.path("name").asText(),
          motor.path("coordinate").asText(),
          number(motor.path("gear")),
          range(motor));
    }
    motors.print(out, "  ");

    if (!robot.path("warnings").isEmpty()) {
      out.println();
    }
    robot.path("warnings").forEach(warning -> out.println("warning: " + warning.asText()));
  }

  private static String ground(JsonNode floor) {
    return floor.isObject()
        ? "at y = %s m, friction %s"
            .formatted(number(floor.path("height")), number(floor.path("friction")))
        : "none";
  }

  private static String medium(JsonNode medium) {
    return "density %s kg/m^3, viscosity %s Pa s"
        .formatted(number(medium.path("density")), number(medium.path("viscosity")));
  }

  private static String range(JsonNode bounds) {
    return EnvironmentsCommand.range(
        bounds.path("lower").asDouble(Double.NEGATIVE_INFINITY),
        bounds.path("upper").asDouble(Double.POSITIVE_INFINITY));
  }

  private static String number(JsonNode node) {
    return EnvironmentsCommand.number(node.asDouble());
  }
}
