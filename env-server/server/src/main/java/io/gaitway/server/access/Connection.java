package io.gaitway.server.access;

import io.gaitway.server.wire.Errors;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection: its number, who is at its other end as far as the transport tells, and what its
 * last token was, so that a token is looked up once and not with every call.
 */
final class Connection {
  private static final AtomicLong LAST = new AtomicLong();
  private static final String SCHEME = "Bearer ";

  private final long number = LAST.incrementAndGet();
  private final @Nullable Tokens tokens;
  private final @Nullable Identity peer;
  private final boolean local;
  private volatile @Nullable Shown last;

  /** Who calls, and by which grant if it is by one. */
  record Identity(Caller caller, @Nullable Grant grant) {}

  private record Shown(String header, Identity identity, Grant grant) {}

  /**
   * Describes a new connection.
   *
   * @param tokens that may be shown, or null if none are taken
   * @param peer who calls without a token, or null if nobody may
   * @param local whether it comes from this machine
   */
  Connection(@Nullable Tokens tokens, @Nullable Principal peer, boolean local) {
    this.tokens = tokens;
    this.local = local;
    this.peer = peer == null ? null : new Identity(new Caller(peer, number), null);
  }

  /** Whether it comes from this machine. */
  boolean isLocal() {
    return local;
  }

  /** Who makes a call with this header "authorization", which a server without tokens ignores. */
  Identity identify(@Nullable String header) {
    if (header == null || tokens == null) {
      if (peer == null) {
        throw Errors.unauthenticated(
            "missing",
            "this server needs a token: send the header 'authorization: Bearer TOKEN'; whoever runs"
                + " the server makes one with 'gaitway token create'");
      }
      return peer;
    }
    Shown known = last;
    if (known != null && known.header.equals(header) && known.grant.isValid()) {
      return known.identity;
    }
    return lookUp(tokens, header);
  }

  private Identity lookUp(Tokens taken, String header) {
    if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw Errors.unauthenticated(
          "malformed", "the header 'authorization' must be 'Bearer TOKEN', but is something else");
    }
    Grant grant = taken.find(header.substring(SCHEME.length()).strip());
    if (grant == null) {
      throw Errors.unauthenticated(
          "unknown",
          "the token is not one of this server's: it was revoked, expired or never made");
    }
    Identity identity = new Identity(new Caller(grant.principal, number), grant);
    last = new Shown(header, identity, grant);
    return identity;
  }
}
