package io.gaitway.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.GetServerInfoResponse;
import io.gaitway.server.Faults;
import io.gaitway.server.wire.CallLocal;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who a caller is, by the transport and the token. */
@Timeout(60)
class AccessTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir private Path directory = Path.of("");

  /** Answers every call with the name of who makes it. */
  private static final class Mirror extends CatalogServiceGrpc.CatalogServiceImplBase {
    @Override
    public void getServerInfo(
        GetServerInfoRequest request, StreamObserver<GetServerInfoResponse> out) {
      Principal principal = Caller.ofCall().principal();
      boolean admin = principal.scopes().contains(Scope.ADMIN);
      out.onError(
          Status.ABORTED
              .withDescription(principal.name() + (admin ? " as admin" : ""))
              .asRuntimeException());
    }
  }

  /** Who calls, as the server sees it, if the transport says that a user is there. */
  private static String caller(Access access, @Nullable Long uid, @Nullable String authorization)
      throws Exception {
    String name = InProcessServerBuilder.generateName();
    Server server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addTransportFilter(
                new ServerTransportFilter() {
                  @Override
                  public Attributes transportReady(Attributes attributes) {
                    return uid == null
                        ? attributes
                        : attributes.toBuilder().set(UnixPeers.UID, uid).build();
                  }
                })
            .addTransportFilter(access.connections())
            .addStreamTracerFactory(
                new ServerStreamTracer.Factory() {
                  @Override
                  public ServerStreamTracer newServerStreamTracer(String method, Metadata ignored) {
                    return new ServerStreamTracer() {
                      @Override
                      public Context filterContext(Context context) {
                        return new CallLocal.Values().in(context);
                      }
                    };
                  }
                })
            .addService(ServerInterceptors.intercept(new Mirror(), access))
            .build()
            .start();
    ManagedChannel channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    try {
      Metadata headers = new Metadata();
      if (authorization != null) {
        headers.put(AUTHORIZATION, authorization);
      }
      CatalogServiceGrpc.CatalogServiceBlockingStub stub =
          CatalogServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
      StatusRuntimeException answer =
          assertThrows(
              StatusRuntimeException.class,
              () -> stub.getServerInfo(GetServerInfoRequest.getDefaultInstance()));
      return answer.getStatus().getCode() == Status.Code.ABORTED
          ? String.valueOf(answer.getStatus().getDescription())
          : Faults.info(answer).getReason()
              + " "
              + Faults.info(answer).getMetadataOrThrow("problem");
    } finally {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  @Test
  void aUserIsWhoTheSystemSays() throws Exception {
    long own = UnixPeers.ownUid();
    assertEquals("anonymous", caller(Access.local(), null, null));
    assertEquals("user:" + own + " as admin", caller(Access.local(), own, null));
    assertEquals("user:" + (own + 1), caller(Access.local(), own + 1, null));
  }

  @Test
  void otherUsersAreKeptOutOfWhatIsOnesOwn() throws Exception {
    long own = UnixPeers.ownUid();
    assertEquals("local as admin", caller(Access.ownUserOnly(), own, null));
    assertEquals("UNAUTHENTICATED missing", caller(Access.ownUserOnly(), own + 1, null));
  }

  @Test
  void aTokenSaysMoreThanTheTransport() throws Exception {
    TokenFile file = new TokenFile(directory.resolve("tokens.json"));
    try (Tokens tokens = Tokens.of(file)) {
      long own = UnixPeers.ownUid();
      String bearer = "Bearer " + file.create("ann", Set.of(Scope.SIMULATE), null).secret();
      for (Access access : new Access[] {Access.local(tokens), Access.tokensOnly(tokens)}) {
        assertEquals("token:ann", caller(access, own, bearer));
        assertEquals("token:ann", caller(access, null, bearer.replace("Bearer", "bearer")));
        // Never taken for somebody else instead.
        assertEquals("UNAUTHENTICATED unknown", caller(access, own, bearer + "x"));
        assertEquals("UNAUTHENTICATED unknown", caller(access, own, "Bearer "));
        assertEquals("UNAUTHENTICATED malformed", caller(access, own, "Basic YW5uOmFubg=="));
        assertEquals("UNAUTHENTICATED malformed", caller(access, own, ""));
      }
      assertEquals("UNAUTHENTICATED missing", caller(Access.tokensOnly(tokens), own, null));
      // A server without tokens minds none: it may be for another server.
      assertEquals(caller(Access.local(), own, null), caller(Access.local(), own, bearer));
    }
  }
}
