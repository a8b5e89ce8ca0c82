package io.gaitway.agents.cli;

import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code report}. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    description = {
      "Writes a run's report.html again, even if the run was interrupted, and prints its path."
    })
final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DIR", description = "Run directory.")
  private Path directory = Path.of("");

  ReportCommand() {}

  @Override
  public Integer call() throws IOException {
    RunDirectory run = new RunDirectory(directory);
    RunReport.write(run);
    spec.commandLine().getOut().println(run.report());
    return 0;
  }
}
