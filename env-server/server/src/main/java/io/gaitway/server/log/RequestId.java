package io.gaitway.server.log;

import io.gaitway.server.wire.CallLocal;
import io.grpc.Metadata;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The name by which a client and the log speak of one call: what the client sent in the header
 * {@value #HEADER}, or a random one. Calls that nobody speaks of cost nothing.
 */
public final class RequestId {
  public static final String HEADER = "gaitway-request-id";

  /** The header, and the trailer of calls that fail. */
  public static final Metadata.Key<String> KEY =
      Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);

  private static final CallLocal<RequestId> OF_CALL = new CallLocal<>();
  private static final int MOST_CHARACTERS = 64;

  private final Metadata headers;
  private volatile @Nullable String text;

  private RequestId(Metadata headers) {
    this.headers = headers;
  }

  /** Names a call that has these headers. */
  public static RequestId give(CallLocal.Values call, Metadata headers) {
    RequestId id = new RequestId(headers);
    OF_CALL.set(call, id);
    return id;
  }

  /** That of the call that this thread is handling; null if it handles none. */
  public static @Nullable RequestId ofCall() {
    return OF_CALL.get();
  }

  /** The name, always the same. */
  @Override
  public String toString() {
    String known = text;
    return known == null ? make() : known;
  }

  private synchronized String make() {
    String known = text;
    if (known == null) {
      String given = headers.get(KEY);
      known =
          given != null && isSane(given)
              ? given
              : "%016x".formatted(ThreadLocalRandom.current().nextLong());
      text = known;
    }
    return known;
  }

  /** Whether a client's name can stand in a log as it is. */
  private static boolean isSane(String name) {
    return !name.isEmpty()
        && name.length() <= MOST_CHARACTERS
        && name.chars()
            .allMatch(
                c ->
                    c >= 'a' && c <= 'z'
                        || c >= 'A' && c <= 'Z'
                        || c >= '0' && c <= '9'
                        || "._:-".indexOf(c) >= 0);
  }
}
