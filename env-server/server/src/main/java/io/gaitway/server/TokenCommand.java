package io.gaitway.server;

import io.gaitway.server.access.Scope;
import io.gaitway.server.access.Token;
import io.gaitway.server.access.TokenFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Makes, lists and revokes the tokens of a server. */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Makes, lists and revokes the tokens that say who calls a server.",
      "They are kept as hashes in a file that only its owner can read; a running server sees a"
          + " change within a second."
    },
    footer = {
      "",
      "Scopes:",
      "  simulate   the catalog, dynamics, sessions, dm_env",
      "  evaluate   open and control evaluations",
      "  models     add models",
      "  watch      read the catalog, evaluations, the leaderboard and usage",
      "  admin      everything, also what belongs to others",
    })
public final class TokenCommand {
  private static final Pattern LIFE = Pattern.compile("([1-9]\\d{0,4})([dhm])");

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--tokens",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "File of the tokens (default: gaitway/tokens.json below $XDG_CONFIG_HOME or ~/.config).")
  private @Nullable Path tokens;

  /** Made by picocli. */
  public TokenCommand() {}

  /** Makes a token and prints it. */
  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a token and prints it, once and never again.")
  int create(
      @Parameters(paramLabel = "OWNER", description = "Whom calls with it belong to.") String owner,
      @Option(
              names = "--scopes",
              required = true,
              split = ",",
              paramLabel = "SCOPE",
              description = "What it allows, with commas between.")
          List<String> scopes,
      @Option(
              names = "--expires",
              paramLabel = "TIME",
              description = "Time until it ends, such as 90d, 12h or 30m (default: never).")
          @Nullable String expires)
      throws IOException {
    TokenFile file = file();
    TokenFile.Minted minted;
    try {
      minted = file.create(owner, scopes(scopes), expires == null ? null : life(expires));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command().commandLine(), e.getMessage());
    }
    PrintWriter err = command().commandLine().getErr();
    err.println("token %s of %s, kept in %s:".formatted(minted.token().id(), owner, file.path()));
    err.flush();
    print(minted.secret());
    return 0;
  }

  private static Set<Scope> scopes(List<String> words) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    words.forEach(word -> scopes.add(Scope.parse(word)));
    return scopes;
  }

  private static Duration life(String text) {
    Matcher matcher = LIFE.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "--expires must be a number of days, hours or minutes such as 90d, 12h or 30m, but is"
              + " '%s'".formatted(text));
    }
    int number = Integer.parseInt(matcher.group(1));
    return switch (matcher.group(2)) {
      case "d" -> Duration.ofDays(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofMinutes(number);
    };
  }

  /** Lists the tokens. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the tokens: id, owner, scopes, when it was made and when it ends.")
  int list() throws IOException {
    Instant now = Instant.now();
    for (Token token : file().read()) {
      Instant expires = token.expires();
      print(
          "%s  %s  %s  %s  %s%s"
              .formatted(
                  token.id(),
                  token.owner(),
                  Scope.words(token.scopes()),
                  token.created(),
                  expires == null ? "never" : expires,
                  token.isExpired(now) ? " (expired)" : ""));
    }
    return 0;
  }

  /** Revokes a token. */
  @Command(
      name = "revoke",
      mixinStandardHelpOptions = true,
      description = "Revokes a token: calls with it end within a second.")
  int revoke(
      @Parameters(paramLabel = "ID", description = "Its id, as 'gaitway token list' shows it.")
          String id)
      throws IOException {
    TokenFile file = file();
    if (file.revoke(id).isEmpty()) {
      throw new ParameterException(
          command().commandLine(),
          "ID must be that of a token in %s, but there is none '%s'; 'gaitway token list' shows"
                  .formatted(file.path(), id)
              + " them");
    }
    return 0;
  }

  private TokenFile file() {
    return new TokenFile(tokens == null ? TokenFile.usualPath() : tokens);
  }

  private void print(String line) {
    PrintWriter out = command().commandLine().getOut();
    out.println(line);
    out.flush();
  }

  private CommandSpec command() {
    CommandSpec spec = command;
    if (spec == null) {
      throw new IllegalStateException("picocli has not filled in the command");
    }
    return spec;
  }
}
