package io.gaitway.server;

import io.gaitway.server.call.SessionLimits;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code serve} that say what sessions may take. */
final class SessionFlags {
  @Option(
      names = "--sessions",
      paramLabel = "FILE",
      description =
          "Keep sessions through a restart: when the server is told to stop it writes them to this"
              + " file, and the next server takes them over and removes it (default: they end with"
              + " the server).")
  private @Nullable Path file;

  @Option(
      names = "--max-sessions-per-principal",
      paramLabel = "N",
      description =
          "Most sessions of one principal while nobody else has any; the limit shrinks as others"
              + " take room (default: half of --max-sessions).")
  private @Nullable Integer sessionsPerPrincipal;

  @Option(
      names = "--max-environments-in-all",
      paramLabel = "N",
      description =
          "Most environments in all sessions; one principal alone gets half (default: 65536).")
  private @Nullable Long environments;

  @Option(
      names = "--max-session-bytes",
      paramLabel = "BYTES",
      description =
          "Most memory of all sessions, with the answers that they keep; one principal alone gets"
              + " half (default: half of the Java heap).")
  private @Nullable Long bytes;

  @Option(
      names = "--kept-answers",
      paramLabel = "N",
      description =
          "Most answers that a session keeps for a client whose connection broke, at least 4, and so"
              + " the most commands that a client sends ahead (default: 512, or what fits in 1 MiB).")
  private @Nullable Integer keptAnswers;

  /** Where sessions are kept through a restart. */
  @Nullable Path file() {
    return file;
  }

  /**
   * The limits.
   *
   * @param maxSessions most sessions in all
   * @param refusal what to throw for an option that is not allowed
   */
  SessionLimits limits(int maxSessions, Function<String, ParameterException> refusal) {
    SessionLimits defaults = SessionLimits.defaults();
    long environments = this.environments == null ? defaults.environments() : this.environments;
    long bytes = this.bytes == null ? defaults.bytes() : this.bytes;
    try {
      return new SessionLimits(
          sessionsPerPrincipal == null ? (maxSessions + 1) / 2 : sessionsPerPrincipal,
          environments,
          (environments + 1) / 2,
          bytes,
          (bytes + 1) / 2,
          keptAnswers == null ? defaults.keptAnswers() : keptAnswers,
          defaults.keptAnswerBytes());
    } catch (IllegalArgumentException e) {
      throw refusal.apply(e.getMessage());
    }
  }
}
