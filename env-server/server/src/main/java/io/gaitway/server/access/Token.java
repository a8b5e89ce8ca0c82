package io.gaitway.server.access;

import java.time.Instant;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A token as it is kept: everything about it but the secret.
 *
 * @param id names it in lists and in the audit log
 * @param owner whom calls with it belong to
 * @param sha256 hash of the secret, in hexadecimal digits
 * @param expires when it ends, or null for never
 */
public record Token(
    String id,
    String owner,
    Set<Scope> scopes,
    String sha256,
    Instant created,
    @Nullable Instant expires) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  /**
   * Checks the parts and copies the scopes.
   *
   * @throws IllegalArgumentException naming the part that is not allowed
   */
  public Token {
    requireName("id", id);
    requireName("owner", owner);
    if (!HASH.matcher(sha256).matches()) {
      throw new IllegalArgumentException("sha256 must be 64 hexadecimal digits");
    }
    if (scopes.isEmpty()) {
      throw new IllegalArgumentException("scopes must hold at least one scope");
    }
    scopes = Set.copyOf(scopes);
  }

  private static void requireName(String field, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          ("%s must be 1 to 64 characters of A-Z a-z 0-9 . _ @ -, the first a letter or digit,"
                  + " but is '%s'")
              .formatted(field, name));
    }
  }

  /** Whether it has ended. */
  public boolean isExpired(Instant now) {
    return expires != null && !now.isBefore(expires);
  }
}
