package io.gaitway.faults;

import io.gaitway.client.GaitwayClient;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;

/** Where a server is, and the token that says who calls. */
record Login(String address, String token) {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A new connection. */
  ManagedChannel connect() {
    Metadata headers = new Metadata();
    headers.put(AUTHORIZATION, "Bearer " + token);
    return NettyChannelBuilder.forTarget(address)
        .usePlaintext()
        .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
        .build();
  }

  /** A client with a connection of its own. */
  GaitwayClient client() {
    return GaitwayClient.builder().target(address).token(token).build();
  }
}
