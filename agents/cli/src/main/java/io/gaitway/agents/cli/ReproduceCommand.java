package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.reproduction.Claims.Claim;
import io.gaitway.agents.reproduction.Judged;
import io.gaitway.agents.results.ResultsReader;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunDirectory;
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

/** The command {@code reproduce}: what a paper says, judged by tables of experiments. */
@Command(
    name = "reproduce",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description = {
      "Judges what Levine and Koltun (2013) say of their Figure 1 by the tables of experiments."
          + " Nothing is run, and nothing is written without --out. docs/comparison.md has the rules.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway experiment all swimmer,walker --hidden 5,10 --presets default,paper --out runs/figure-1",
      "  gaitway reproduce figure-1 runs/figure-1 --out runs/figure-1"
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
      description =
          "Directory to write claims.csv and tables.md into; without it they are not written.")
  private @Nullable Path out;

  @Mixin private ResultFormat format = new ResultFormat();

  ReproduceCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireOneOf(spec, "WHAT", what, List.of(FIGURE));
    List<Path> files = new ArrayList<>();
    for (Path table : tables) {
      files.add(Files.isDirectory(table) ? tableIn(table) : table);
    }
    Judged judged = Judged.of(ResultsReader.read(files));
    if (out != null) {
      RunDirectory.make(out);
      write(out.resolve("claims.csv"), judged.csv());
      write(out.resolve("tables.md"), judged.markdown());
    }
    format.print(() -> json(judged), output -> print(judged, output));
    return 0;
  }

  private static Path tableIn(Path directory) {
    Path plain = directory.resolve("iterations.csv");
    Path compressed = directory.resolve("iterations.csv.gz");
    return !Files.exists(plain) && Files.exists(compressed) ? compressed : plain;
  }

  private static void write(Path file, String text) throws IOException {
    DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private ObjectNode json(Judged judged) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    if (out != null) {
      line.put("directory", out.toString());
    }
    line.put("runs", judged.results().all().size());
    line.set("variants", judged.json());
    return line;
  }

  private void print(Judged judged, PrintWriter output) {
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
    if (out != null) {
      output.println("Claims: " + out.resolve("claims.csv"));
      output.println("Tables: " + out.resolve("tables.md"));
    }
  }
}
