package io.gaitway.server.usage;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the account that a call belongs to, and keeps those used last. As an interceptor it reads
 * the header {@value #HEADER}, so that a service finds the account by {@link Account#ofCall}.
 */
public final class Accounts implements ServerInterceptor {
  public static final String HEADER = "gaitway-account";

  /** Accounts that are kept; each takes half a kilobyte. */
  static final int KEPT = 10_000;

  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);
  private static final int MOST_CHARACTERS = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1," + MOST_CHARACTERS + "}");

  private final Map<String, Account> accounts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Account> eldest) {
          return size() > KEPT;
        }
      };

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String name = headers.get(KEY);
    if (name == null) {
      return next.startCall(call, headers);
    }
    Account account;
    try {
      account = open(HEADER, name);
    } catch (RequestException e) {
      return Errors.refuse(call, e);
    }
    return Contexts.interceptCall(account.inContext(), call, headers, next);
  }

  /**
   * The account of a name, made if it is not there.
   *
   * @param field what gave the name
   */
  Account open(String field, String name) {
    requireName(field, name);
    synchronized (accounts) {
      return accounts.computeIfAbsent(name, unknown -> new Account());
    }
  }

  /** The account of a name, or null if it is not there; {@code field} as for {@link #open}. */
  @Nullable Account find(String field, String name) {
    requireName(field, name);
    synchronized (accounts) {
      return accounts.get(name);
    }
  }

  private static void requireName(String field, String name) {
    if (!NAME.matcher(name).matches()) {
      throw Errors.outOfRange(
          field,
          Errors.quoted(name),
          "1 to %d characters of A-Z a-z 0-9 . _ -".formatted(MOST_CHARACTERS));
    }
  }
}
