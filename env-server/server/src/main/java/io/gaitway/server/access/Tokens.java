package io.gaitway.server.access;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens that a server takes: those of a file, as it is now. A token that is revoked or expires
 * ends the streams that were opened with it within a second.
 */
public final class Tokens implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
  private static final long LOOK_MILLISECONDS = 250;

  private final TokenFile file;
  private final ScheduledExecutorService watch;
  private volatile Map<String, Grant> grants = Map.of();
  private TokenFile.@Nullable Stamp stamp;

  private Tokens(TokenFile file) {
    this.file = file;
    watch =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "gaitway-tokens");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Takes the tokens of a file, which may be made later.
   *
   * @throws IOException if the file is there and cannot be used
   */
  public static Tokens of(TokenFile file) throws IOException {
    Tokens tokens = new Tokens(file);
    tokens.stamp = file.stamp();
    tokens.put(file.read());
    tokens.watch.scheduleWithFixedDelay(
        tokens::look, LOOK_MILLISECONDS, LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
    return tokens;
  }

  /** What a secret gives a right to; null if it is unknown, revoked or expired. */
  @Nullable Grant find(String secret) {
    String hash = Secrets.hash(secret);
    Grant grant = grants.get(hash);
    if (grant == null) {
      // It may have been minted a moment ago; and another thread may have just read of it.
      reload();
      grant = grants.get(hash);
    }
    return grant != null && grant.isValid() ? grant : null;
  }

  private void look() {
    try {
      reload();
      grants.values().stream().filter(grant -> !grant.isValid()).forEach(Grant::end);
    } catch (RuntimeException e) {
      // Or this would never be done again.
      LOG.error("Looking after the tokens failed", e);
    }
  }

  /** Reads the file if it has changed. */
  private synchronized void reload() {
    TokenFile.Stamp now = file.stamp();
    if (Objects.equals(now, stamp)) {
      return;
    }
    stamp = now;
    try {
      put(file.read());
    } catch (IOException e) {
      LOG.error("The tokens stay as they were: {}", e.getMessage());
    }
  }

  private synchronized void put(List<Token> tokens) {
    Map<String, Grant> before = grants;
    Map<String, Grant> after = new HashMap<>();
    for (Token token : tokens) {
      Grant known = before.get(token.sha256());
      if (known == null || !known.token.equals(token)) {
        known = new Grant(token);
        Audit.token("token.taken", token);
      }
      after.put(token.sha256(), known);
    }
    grants = Map.copyOf(after);
    before.forEach(
        (hash, grant) -> {
          if (after.get(hash) != grant) {
            Audit.token("token.revoked", grant.token);
            grant.end();
          }
        });
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
