package io.gaitway.client.internal;

import io.gaitway.address.Token;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * Says on every call of a channel who calls, by a token. The token's file is read once, and again
 * when a server refuses what was read: tokens are replaced while programs run.
 */
public final class Bearer implements ClientInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final @Nullable Token token;
  private volatile @Nullable String secret;

  /**
   * Reads the token.
   *
   * @param token null for calls of nobody
   * @throws IllegalArgumentException if it cannot be read
   */
  Bearer(@Nullable Token token) {
    this.token = token;
    secret = token == null ? null : token.read();
  }

  /** What calls carry now; null for nothing. */
  @Nullable String secret() {
    return secret;
  }

  /** Whether there is another token than that which a server refused; reads the file again. */
  boolean replaces(@Nullable String refused) {
    if (token != null) {
      try {
        secret = token.read();
      } catch (IllegalArgumentException e) {
        return false; // Perhaps it is being replaced just now; the server's refusal is told.
      }
    }
    String now = secret;
    return now != null && !now.equals(refused);
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    String sent = secret;
    if (sent == null) {
      return next.newCall(method, options);
    }
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        headers.put(AUTHORIZATION, "Bearer " + sent);
        super.start(listener, headers);
      }
    };
  }
}
