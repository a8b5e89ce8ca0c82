package io.gaitway.server;

import io.gaitway.server.access.Access;
import io.gaitway.server.access.TokenFile;
import io.gaitway.server.access.Tokens;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** The options that say who is let in. */
final class AccessFlags {
  private static final Logger LOG = LoggerFactory.getLogger(AccessFlags.class);

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
   * @param beyondLoopback whether others than the users of this machine reach the server: then
   *     nobody is let in without a token
   * @param ofProgram whether a program started the server for itself: then it takes tokens only if
   *     the options say so, as those that the program has may be for another server
   * @throws IOException if the file of tokens cannot be used
   */
  Access access(boolean beyondLoopback, boolean ofProgram) throws IOException {
    if (ofProgram && tokens == null && !requireToken && !beyondLoopback) {
      return Access.local();
    }
    TokenFile file = new TokenFile(tokens == null ? TokenFile.usualPath() : tokens);
    Tokens taken = Tokens.of(file);
    if (!requireToken && !beyondLoopback) {
      return Access.local(taken);
    }
    if (file.read().isEmpty()) {
      LOG.warn(
          "Nobody is let in: there are no tokens in {}; make one with 'gaitway token create OWNER"
              + " --scopes simulate,evaluate'",
          file.path());
    }
    return Access.tokensOnly(taken);
  }
}
