package io.gaitway.agents.cli;

import io.gaitway.agents.program.CommandWords;
import io.gaitway.agents.run.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options that say where evaluations are kept: in a file on this machine, or on a server. */
final class DatabaseChoice {
  @Option(
      names = "--database",
      paramLabel = "FILE",
      description = "Where evaluations are kept; default runs/evaluations.db.")
  private @Nullable Path database;

  @Mixin private ServerChoice server = new ServerChoice();

  /** Connects; the embedded server opens the file, which is made if it is not there. */
  ServerChoice.Connection connect(CommandSpec spec) throws IOException {
    if (database != null && !isEmbedded()) {
      throw Gaitway.usage(
          spec, "--database cannot be combined with --server, which has a database of its own");
    }
    return server.connect(file());
  }

  /** As {@link #connect}, for a command that makes no file where there is none. */
  ServerChoice.Connection connectToRead(CommandSpec spec) throws IOException {
    if (!isEmbedded() || Files.exists(file())) {
      return connect(spec);
    }
    if (database != null) {
      throw Gaitway.usage(
          spec, "--database: there is no file " + database + "; 'gaitway evaluate' makes one");
    }
    return server.connect();
  }

  /** Whether evaluations are kept in a file of this program's. */
  boolean isEmbedded() {
    return server.name().equals(RunConfig.EMBEDDED);
  }

  /** The file. */
  Path file() {
    return database == null ? EvaluateCommand.DATABASE : database;
  }

  /** A file beside the database. */
  Path sibling(String name) {
    return file().resolveSibling(name);
  }

  /** What a command line needs to find the same evaluations, each argument after a space. */
  String arguments() {
    if (!isEmbedded()) {
      return " --server " + CommandWords.quote(server.name());
    }
    return database == null ? "" : " --database " + ThisProgram.path(database);
  }
}
