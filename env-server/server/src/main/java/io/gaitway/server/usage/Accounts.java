package io.gaitway.server.usage;

import io.gaitway.proto.v1.Usage;
import io.gaitway.server.access.Caller;
import io.gaitway.server.call.Recent;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the account that a call belongs to, and keeps those used last: one for every principal, and
 * below it one for every label that its calls have in the header {@value #HEADER}. As an
 * interceptor it lets a service find the account by {@link Account#ofCall}.
 */
public final class Accounts implements ServerInterceptor {
  public static final String HEADER = "gaitway-account";

  /** Accounts that are kept; each takes half a kilobyte. */
  static final int KEPT = 10_000;

  private static final Metadata.Key<String> KEY =
      Metadata.Key.of(HEADER, Metadata.ASCII_STRING_MARSHALLER);
  private static final int MOST_CHARACTERS = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1," + MOST_CHARACTERS + "}");

  /** Of whose account: a principal's, with an empty label, or one of its labels. */
  private record Key(String principal, String label) {}

  private final Account all = new Account(null, false);

  private final Map<Key, Account> accounts = new Recent<>(KEPT);

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String label = headers.get(KEY);
    String principal = Caller.ofCall().principal().name();
    try {
      Account account = label == null ? open(principal) : open(principal, label);
      account.countsCall();
    } catch (RequestException e) {
      return Errors.refuse(call, e);
    }
    return next.startCall(call, headers);
  }

  /** What all calls that are counted have used since the server's start. */
  public Usage total() {
    return all.usage();
  }

  /** The account of a principal, made if it is not there. */
  private Account open(String principal) {
    synchronized (accounts) {
      return accounts.computeIfAbsent(new Key(principal, ""), unknown -> new Account(all, false));
    }
  }

  /** The account of a label, made if it is not there. */
  Account open(String principal, String label) {
    requireName(HEADER, label);
    synchronized (accounts) {
      Account above = open(principal);
      Key key = new Key(principal, label);
      Account known = accounts.get(key);
      if (known == null) {
        known = new Account(above, true);
        accounts.put(key, known);
      }
      return known;
    }
  }

  /**
   * The account of a principal or, if {@code label} is not empty, of this label of it; null if it
   * is not there.
   *
   * @param field what gave the label
   */
  @Nullable Account find(String principal, String field, String label) {
    if (!label.isEmpty()) {
      requireName(field, label);
    }
    synchronized (accounts) {
      return accounts.get(new Key(principal, label));
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
