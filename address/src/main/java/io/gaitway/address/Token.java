package io.gaitway.address;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A secret that says who calls. Its {@code toString} does not tell it. */
public sealed interface Token {
  /** Longest token, characters. */
  int MAX_CHARACTERS = 512;

  /**
   * The characters to send; a file is read anew.
   *
   * @throws IllegalArgumentException if the file cannot be read or holds no token
   */
  String read();

  /** A token in a file. */
  record InFile(String path) implements Token {

    @Override
    public String read() {
      byte[] bytes;
      // A little more than fits, so that what is no token is not read whole.
      try (InputStream in = Files.newInputStream(Path.of(path))) {
        bytes = in.readNBytes(2 * MAX_CHARACTERS);
      } catch (IOException | InvalidPathException e) {
        throw new IllegalArgumentException(
            "token_file '%s' cannot be read (%s); name a file with a token, as gaitway token makes them"
                .formatted(path, e),
            e);
      }
      try {
        return Given.checked(new String(bytes, StandardCharsets.UTF_8).strip());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "token_file '%s': %s".formatted(path, e.getMessage()), e);
      }
    }
  }

  /** A token that was given in code or by the environment. */
  final class Given implements Token {
    private static final Pattern CHARACTERS =
        Pattern.compile("[A-Za-z0-9._~+/-]{1," + MAX_CHARACTERS + "}=*");

    private final String secret;

    /**
     * Checks the secret.
     *
     * @throws IllegalArgumentException if it has characters that no token has; the message does not
     *     repeat it
     */
    public Given(String secret) {
      this.secret = checked(secret.strip());
    }

    private static String checked(String secret) {
      if (secret.length() > MAX_CHARACTERS || !CHARACTERS.matcher(secret).matches()) {
        throw new IllegalArgumentException(
            ("a token must be 1 to %d characters of A-Z a-z 0-9 . _ ~ + / - and = at its end, but"
                    + " this one has %d or others")
                .formatted(MAX_CHARACTERS, secret.length()));
      }
      return secret;
    }

    @Override
    public String read() {
      return secret;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Given given && secret.equals(given.secret);
    }

    @Override
    public int hashCode() {
      return secret.hashCode();
    }

    @Override
    public String toString() {
      return "a token";
    }
  }
}
