package io.gaitway.server;

import io.gaitway.server.catalog.ServerVersion;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Answers calls of Gaitway's contract that this server does not have, because the client is newer:
 * the answer says which version this is.
 */
final class MissingMethods extends HandlerRegistry {
  private static final String CONTRACT = "gaitway.";

  @Override
  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
      String name, @Nullable String authority) {
    if (!name.startsWith(CONTRACT)) {
      return null;
    }
    MethodDescriptor<InputStream, InputStream> method =
        MethodDescriptor.<InputStream, InputStream>newBuilder()
            .setType(MethodDescriptor.MethodType.UNKNOWN)
            .setFullMethodName(name)
            .setRequestMarshaller(new Unread())
            .setResponseMarshaller(new Unread())
            .build();
    return ServerMethodDefinition.create(
        method,
        (call, headers) -> {
          call.close(
              Status.UNIMPLEMENTED.withDescription(ServerVersion.NAME + " does not offer " + name),
              new Metadata());
          return new ServerCall.Listener<>() {};
        });
  }

  /** Passes bytes on: no message is read or written. */
  private static final class Unread implements MethodDescriptor.Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream value) {
      return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
      return stream;
    }
  }
}
