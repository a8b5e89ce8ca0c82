package io.gaitway.agents.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** A command that there was once, which says what to run now. */
abstract class FormerCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Unmatched private List<String> anything = new ArrayList<>();

  private final String instead;

  FormerCommand(String instead) {
    this.instead = instead;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    err.println("gaitway: '" + spec.name() + "' is a part of 'experiment' now; nothing was run");
    err.println("Run: " + instead);
    err.flush();
    return Gaitway.USAGE;
  }

  /** {@code study}. */
  @Command(name = "study", hidden = true)
  static final class Study extends FormerCommand {
    Study() {
      super(
          "gaitway experiment AGENT ENVIRONMENT --hidden 5,10 --presets default,paper"
              + " --final-rollouts 200; --seeds 5-9 is for --first-seed");
    }
  }

  /** {@code compare}. */
  @Command(name = "compare", hidden = true)
  static final class Compare extends FormerCommand {
    Compare() {
      super(
          "gaitway experiment all swimmer,walker --hidden 5,10 --presets default,paper --out DIR"
              + " && gaitway reproduce figure-1 DIR");
    }
  }
}
