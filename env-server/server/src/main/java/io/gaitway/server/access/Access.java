package io.gaitway.server.access;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is let into a transport, and as whom: the owner of a token; else, on this machine, the user
 * at the other end of a Unix socket, or anybody on loopback.
 */
public final class Access implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Attributes.Key<Connection> CONNECTION =
      Attributes.Key.create("gaitway-connection");

  private enum Peers {
    /** Only whoever shows a token. */
    WITH_TOKEN,
    /** The users of this machine, and anybody on loopback. */
    ON_THIS_MACHINE,
    /** The user who runs the server. */
    OWN
  }

  private final Peers peers;
  private final @Nullable Tokens tokens;

  private Access(Peers peers, @Nullable Tokens tokens) {
    this.peers = peers;
    this.tokens = tokens;
  }

  /** For a transport on this machine: whoever reaches it is let in; there are no tokens. */
  public static Access local() {
    return new Access(Peers.ON_THIS_MACHINE, null);
  }

  /** As {@link #local()}; who shows a token is its owner. */
  public static Access local(Tokens tokens) {
    return new Access(Peers.ON_THIS_MACHINE, tokens);
  }

  /** For any transport: only who shows a token is let in. */
  public static Access tokensOnly(Tokens tokens) {
    return new Access(Peers.WITH_TOKEN, tokens);
  }

  /** For a transport that only the user who runs the server reaches: who comes may do all. */
  public static Access ownUserOnly() {
    return new Access(Peers.OWN, null);
  }

  /** Knows the connections of a transport; to be added to it beside this interceptor. */
  public ServerTransportFilter connections() {
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes attributes) {
        Connection connection = new Connection(tokens, peer(attributes), isLocal(attributes));
        return attributes.toBuilder().set(CONNECTION, connection).build();
      }
    };
  }

  /** A remote address that is no internet address is of this machine, or of this process. */
  private static boolean isLocal(Attributes attributes) {
    return !(attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress remote)
        || (remote.getAddress() != null && remote.getAddress().isLoopbackAddress());
  }

  private @Nullable Principal peer(Attributes attributes) {
    Long uid = attributes.get(UnixPeers.UID);
    return switch (peers) {
      case WITH_TOKEN -> null;
      case ON_THIS_MACHINE ->
          uid == null ? Principal.ANONYMOUS : Principal.ofUser(uid, UnixPeers.ownUid());
      case OWN -> uid == null || uid == UnixPeers.ownUid() ? Principal.LOCAL : null;
    };
  }

  /**
   * Checks that every method of a service has its right in the table.
   *
   * @throws IllegalArgumentException naming one that has none
   */
  public static void requireRights(ServerServiceDefinition service) {
    service
        .getMethods()
        .forEach(
            method -> {
              String name = method.getMethodDescriptor().getFullMethodName();
              if (Rights.of(name) == null) {
                throw new IllegalArgumentException("Rights does not say who may call " + name);
              }
            });
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Connection.Identity identity;
    try {
      identity = admit(call, headers.get(AUTHORIZATION));
    } catch (RequestException e) {
      return Errors.refuse(call, e);
    }
    if (identity == null) {
      return next.startCall(call, headers);
    }
    identity.caller().makesCall();
    Grant grant = identity.grant();
    if (grant == null || call.getMethodDescriptor().getType() == MethodType.UNARY) {
      return next.startCall(call, headers);
    }
    RevocableCall<Q, R> revocable = new RevocableCall<>(call, grant);
    return revocable.listener(next.startCall(revocable, headers));
  }

  /** Who makes a call; null if nobody has to. */
  private static Connection.@Nullable Identity admit(
      ServerCall<?, ?> call, @Nullable String authorization) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Rights rights = Rights.of(method);
    if (rights == Rights.ANYBODY) {
      return null;
    }
    Connection connection = call.getAttributes().get(CONNECTION);
    if (rights == null || connection == null) {
      throw new IllegalStateException("nobody knows who may call " + method);
    }
    Connection.Identity identity = connection.identify(authorization);
    Principal principal = identity.caller().principal();
    boolean open = rights == Rights.INSPECTING && connection.isLocal();
    if (!open && !principal.hasAnyOf(rights.scopes)) {
      Audit.refused(identity.caller(), method);
      throw Errors.permissionDenied(method, Scope.words(rights.enough()));
    }
    return identity;
  }
}
