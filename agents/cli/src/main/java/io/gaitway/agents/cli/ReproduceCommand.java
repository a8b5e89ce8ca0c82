package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.reproduction.Claims.Claim;
import io.gaitway.agents.reproduction.Judged;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsReader;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.table.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code reproduce}: what a paper says, judged by tables of experiments. */
@Command(
    name = "reproduce",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description = {
      "Judges what Levine and Koltun (2013) say of their Figure 1 by the tables of experiments, and"
          + " writes claims.csv and tables.md. Nothing is run. docs/comparison.md has the rules.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway experiment all swimmer,walker --hidden 5,10 --presets default,paper --out runs/figure-1",
      "  gaitway reproduce figure-1 runs/figure-1/iterations.csv"
    })
final class ReproduceCommand implements Callable<Integer> {
  private static final String FIGURE = "figure-1";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "WHAT", description = "What to judge: figure-1.")
  private String what = "";

  @Parameters(
      index = "1",
      arity = "1..*",
      paramLabel = "TABLE",
      description =
          "Files iterations.csv of experiments, also as .csv.gz, or their directories; several are"
              + " joined, and must not contradict each other.")
  private List<Path> tables = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where claims.csv and tables.md go; default where the first table is.")
  private @Nullable Path out;

  @Mixin private ResultFormat format = new ResultFormat();

  ReproduceCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireOneOf(spec, "WHAT", what, List.of(FIGURE));
    List<Path> files = new ArrayList<>();
    for (Path table : tables) {
      files.add(Files.isDirectory(table) ? table.resolve("iterations.csv") : table);
    }
    Results results = ResultsReader.read(files);
    Judged judged = Judged.of(results);
    Path directory =
        Objects.requireNonNullElse(
            out != null ? out : files.get(0).getParent(), Path.of("").toAbsolutePath());
    Files.createDirectories(directory);
    write(directory.resolve("claims.csv"), judged.csv());
    write(directory.resolve("tables.md"), judged.markdown());
    format.print(() -> json(directory, judged), output -> print(directory, judged, output));
    return 0;
  }

  private static void write(Path file, String text) throws IOException {
    DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private static ObjectNode json(Path directory, Judged judged) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("directory", directory.toString());
    line.put("runs", judged.results().all().size());
    line.set("variants", judged.json());
    return line;
  }

  private static void print(Path directory, Judged judged, PrintWriter output) {
    judged
        .claims()
        .forEach(
            (variant, claims) -> {
              output.println("What the paper says, with " + variant.title() + ":");
              Table table = Table.headless(3);
              for (Claim claim : claims) {
                table.row(claim.number(), claim.verdict().words(), claim.text());
              }
              table.print(output, "  ");
            });
    output.println("Claims: " + directory.resolve("claims.csv"));
    output.println("Tables: " + directory.resolve("tables.md"));
  }
}
