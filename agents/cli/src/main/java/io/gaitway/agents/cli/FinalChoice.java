package io.gaitway.agents.cli;

import io.gaitway.agents.api.Start;
import io.gaitway.agents.experiment.Change;
import io.gaitway.agents.experiment.FinalMeasurement.What;
import io.gaitway.agents.experiment.StartReferences;
import io.gaitway.agents.run.StartsFile;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say how final policies are measured. */
final class FinalChoice {
  private static final int DEFAULT_ROLLOUTS = 200;

  @Option(
      names = "--final-rollouts",
      paramLabel = "N",
      description =
          "Noisy rollouts that measure each final policy once more, with noise that training has not"
              + " seen, 0 to 10000; default 0, or 200 with the options below.")
  private @Nullable Integer rollouts;

  @Option(
      names = "--measure-starts",
      paramLabel = "FILE",
      description =
          "With --starts: a JSON file of the same kind with the starts that final policies are"
              + " measured from; default those they are trained from.")
  private @Nullable Path measureStarts;

  @Option(
      names = "--perturb",
      split = ",",
      paramLabel = "STD",
      description =
          "Also measures the final policies from perturbed initial states: normal noise of this"
              + " standard deviation in every entry except the root's position. One or more,"
              + " separated by commas, each more than 0 and at most 10. Only where episodes can end"
              + " early.")
  private List<Double> perturbations = List.of();

  @Option(
      names = "--endurance",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Also measures what share of noisy rollouts stays upright for so many control steps, at"
              + " most 1000000. Only where episodes can end early; default 0, not measured.")
  private int endurance;

  @Option(
      names = "--measure-param",
      split = ",",
      paramLabel = "NAME=VALUE",
      converter = ChangeConverter.class,
      description =
          "Also measures what share of noisy rollouts stays upright where one of the environment's"
              + " parameters has another value than in training, as in friction=0.8,friction=1.2."
              + " Only where episodes can end early.")
  private List<Change> changes = List.of();

  FinalChoice() {}

  void check(CommandSpec spec, boolean manyStarts) {
    Gaitway.requireRange(spec, "--final-rollouts", rollouts, 0, 10_000);
    Gaitway.requireRange(spec, "--endurance", endurance, 0, 1_000_000);
    for (double std : perturbations) {
      Gaitway.require(spec, "--perturb", std, std > 0 && std <= 10, "more than 0 and at most 10");
    }
    Gaitway.requireDifferent(spec, "--perturb", perturbations);
    Gaitway.requireDifferent(spec, "--measure-param", changes);
    if (manyStarts && asksForFalls()) {
      throw Gaitway.usage(
          spec,
          "--endurance, --measure-param and --perturb measure from one start; leave them out with"
              + " --starts");
    }
    if (measureStarts != null && !manyStarts) {
      throw Gaitway.usage(spec, "--measure-starts goes with --starts");
    }
    if (!isMeasured() && (asksForFalls() || measureStarts != null)) {
      throw Gaitway.usage(
          spec, "--final-rollouts is 0, but " + asking() + " needs some; leave one of them out");
    }
  }

  private boolean asksForFalls() {
    return !perturbations.isEmpty() || endurance > 0 || !changes.isEmpty();
  }

  private String asking() {
    return measureStarts != null
        ? "--measure-starts"
        : !perturbations.isEmpty()
            ? "--perturb"
            : endurance > 0 ? "--endurance" : "--measure-param";
  }

  /** Whether final policies are measured at all. */
  boolean isMeasured() {
    return rolloutsInForce() > 0;
  }

  private int rolloutsInForce() {
    boolean asked = asksForFalls() || measureStarts != null;
    return Objects.requireNonNullElse(rollouts, asked ? DEFAULT_ROLLOUTS : 0);
  }

  /** Refuses what no environment can be asked for, and parameters that there are not. */
  void requireMeasurable(CommandSpec spec, List<Simulator> simulators) {
    List<Simulator> falling =
        simulators.stream().filter(each -> !each.environment().termination().isEmpty()).toList();
    if (asksForFalls() && falling.isEmpty()) {
      throw Gaitway.usage(
          spec,
          asking()
              + " measures how many rollouts stay upright, but episodes of "
              + simulators.get(0).environment().id()
              + " never end early");
    }
    falling.forEach(simulator -> changes.forEach(change -> change.of(simulator)));
  }

  /** The starts to measure from. */
  List<Start> starts(StartsChoice trained) throws IOException {
    return measureStarts == null ? trained.starts() : StartsFile.read(measureStarts).starts();
  }

  /** What is measured in an environment. */
  What what(EnvironmentInfo environment, List<StartReferences.Entry> starts) {
    if (!isMeasured()) {
      return What.NOTHING;
    }
    return environment.termination().isEmpty()
        ? new What(rolloutsInForce(), List.of(), 0, List.of(), starts)
        : new What(rolloutsInForce(), perturbations, endurance, changes, starts);
  }

  /** Reads a change of a parameter. */
  private static final class ChangeConverter implements ITypeConverter<Change> {
    @Override
    public Change convert(String text) {
      int equals = text.indexOf('=');
      try {
        double value = Double.parseDouble(text.substring(equals + 1).strip());
        if (equals > 0 && Double.isFinite(value)) {
          return new Change(text.substring(0, equals).strip(), value);
        }
      } catch (NumberFormatException e) {
        // The text after = is not a number: the message below says what is allowed.
      }
      throw new TypeConversionException(
          "must be a parameter and a number, as in friction=0.8, but is '" + text + "'");
    }
  }
}
