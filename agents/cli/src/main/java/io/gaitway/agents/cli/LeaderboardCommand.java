package io.gaitway.agents.cli;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.evaluation.Leaderboard;
import io.gaitway.agents.report.Report;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.evaluation.Suite;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code leaderboard}. */
@Command(
    name = "leaderboard",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {"Shows the controllers that were evaluated, the best of each suite first.", ""},
    footer = {
      "",
      "Examples:",
      "  gaitway leaderboard",
      "  gaitway leaderboard walker-disturbed --csv walker.csv --html walker.html"
    })
final class LeaderboardCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SUITE", arity = "0..1", description = "Show only this suite.")
  private @Nullable String suite;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = "Also write the table as CSV; an existing file is replaced.")
  private @Nullable Path csv;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write an HTML page; an existing file is replaced.")
  private @Nullable Path html;

  @Mixin private DatabaseChoice database = new DatabaseChoice();

  @Mixin private ResultFormat result = new ResultFormat();

  LeaderboardCommand() {}

  @Override
  public Integer call() throws IOException {
    try (ServerChoice.Connection connection = database.connectToRead(spec)) {
      Evaluations evaluations = connection.client().evaluations();
      List<EvaluationInfo> ended = evaluations.leaderboard(suite == null ? "" : suite);
      List<Suite> suites = evaluations.suites();
      Leaderboard board = Leaderboard.of(ended, suites);
      if (csv != null) {
        write(csv, board.csv());
      }
      if (html != null) {
        String title = suite == null ? "Leaderboard" : "Leaderboard of " + suite;
        write(html, Report.renderLeaderboard(title, Json.line(board.json())));
      }
      result.print(board::json, out -> print(board, out));
    }
    return 0;
  }

  private static void write(Path file, String content) throws IOException {
    DurableFiles.writeWithFolder(file, content.getBytes(StandardCharsets.UTF_8));
  }

  private void print(Leaderboard board, PrintWriter out) {
    if (board.rankings().isEmpty()) {
      out.println("No evaluation has ended yet; " + ThisProgram.command() + " evaluate makes one.");
    }
    board.print(out);
    if (csv != null) {
      out.println("Table: " + csv);
    }
    if (html != null) {
      out.println("Page: " + html);
    }
  }
}
