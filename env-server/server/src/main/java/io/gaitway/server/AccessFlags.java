package io.gaitway.server;

import io.gaitway.server.access.Access;
import io.gaitway.server.access.TokenFile;
import io.gaitway.server.access.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say who is let in. */
final class AccessFlags {
  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description =
          "File of the tokens that are taken, which 'gaitway token' changes (default:"
              + " gaitway/tokens.json below $XDG_CONFIG_HOME or ~/.config).")
  private @Nullable Path tokens;

  @Option(
      names = "--require-token",
      description =
          "Let nobody in without a token. Without this, loopback and Unix sockets are open to the"
              + " users of this machine.")
  private boolean requireToken;

  /**
   * Who is let in.
   *
   * @throws IOException if the file of tokens cannot be used
   */
  Access access() throws IOException {
    TokenFile file = new TokenFile(tokens == null ? TokenFile.usualPath() : tokens);
    Tokens taken = Tokens.of(file);
    return requireToken ? Access.tokensOnly(taken) : Access.local(taken);
  }
}
